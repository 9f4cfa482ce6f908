"""Judges from the command line, over a real server that judges."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class JudgeServer(ThreadingHTTPServer):
    """Speaks chat completions: passes what ``good`` finds good, or says ``says``; counts what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked = 0
        self.says: str | None = None
        self.status = 200
        self.place = ""
        self.told = ""


def better(user: str) -> str:
    """Prefers 30 days; alike answers are a tie."""
    first, second = user.split("<<second answer")
    return "tie" if ("30 days" in first) == ("30 days" in second) else "first" if "30 days" in first else "second"


class _Handler(BaseHTTPRequestHandler):
    server: JudgeServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked += 1
        self.server.told = body["messages"][0]["content"]
        good = "30 days" in body["messages"][1]["content"]
        found = {"reason": "It is so.", "pass": good}
        if "two answers" in body["messages"][0]["content"]:
            user = body["messages"][1]["content"]
            found = {"reason": "", "better": self.server.place or better(user)}
        said = self.server.says or json.dumps(found)
        reply = {
            "id": "x", "object": "chat.completion", "model": body["model"],
            "choices": [{"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
        }  # fmt: skip
        if self.server.status != 200:
            reply = {"error": {"message": "slow down", "type": "rate_limit"}}
        data = json.dumps(reply).encode()
        self.send_response(self.server.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.send_header("retry-after", "100000")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def running_judge() -> Iterator[JudgeServer]:
    server = JudgeServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def judge() -> Iterator[JudgeServer]:
    with running_judge() as server:
        yield server


def write_tasks(shell, count: int) -> None:
    """Golden tasks of two questions in turn; the built-in model answers one of them with 30 days."""
    asked = ("How many days do I have to return a light?", "How do I reach a person?")
    tasks = [
        {"id": f"t{number}", "question": asked[number % 2], "expect": [{"refuses": False}]} for number in range(count)
    ]
    lines = "".join(json.dumps(task) + "\n" for task in tasks)
    (shell.folder / "support/golden/tasks.jsonl").write_text(lines, encoding="utf-8")


@pytest.fixture
def team(shell, judge):
    """A shell with a Mission of 8 tasks whose judge is asked over the wire."""
    shell.settings(f'[providers.arbiter]\nbase_url = "http://127.0.0.1:{judge.server_port}/v1"\n')
    shell.fine("new", "support")
    write_tasks(shell, 8)
    (shell.folder / "support/golden/tasks.yaml").unlink()
    shell.edit("support/mission.yaml", "golden: golden/*.yaml", "golden: golden/*.jsonl")
    shell.edit("support/mission.yaml", '  critical: ["tag:safety"]\n', JUDGES)
    shell.edit("support/mission.yaml", "{pass_rate: {margin: 0.05}}", "{helpful: {min: 0.3}}")
    return shell


JUDGES = """\
judges:
  helpful: {kind: llm-rubric, provider: arbiter, model: m-1, rubric: Names the time limit.}
"""


def labelled(shell, right) -> None:
    """People say of every answer what ``right`` says."""
    sheet = shell.folder / "labels.csv"
    shell.fine("judge", "label", "helpful", "support", "--most", "100", "--sheet", str(sheet))
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == {"answer", "question", "reference", "said", "value", "note"}
    for row in rows:
        row["value"] = "yes" if right(row) else "no"
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    shell.fine("judge", "label", "helpful", "support", "--from", str(sheet))


def test_a_judge_is_shown_until_people_agree_with_it_and_then_decides(team, judge):
    write_tasks(team, 60)
    assert "nobody has calibrated it" in team.fine("validate", "support").err
    first = team("evaluate", "support")
    assert "what the judge helpful says is shown and decides nothing" in first.out
    assert "judges beside that: 60 calls" in first.out
    assert judge.asked == 60
    labelled(team, lambda row: "30 days" in row["said"])
    made = team.fine("judge", "calibrate", "helpful", "support")
    assert "it decides, and what it says is corrected" in made.out
    assert "asked: 0 calls" in made.out  # the run had asked already
    second = team.fine("evaluate", "support", "--json").json
    assert judge.asked == 60
    assert second["calibrations"].keys() == {"helpful"}
    found = next(one for one in second["comparisons"] if one["metric"] == "helpful")
    assert found["corrected"].startswith(("Rogan-Gladen", "PPI"))
    team.fine("deploy", "support@1")  # the server of the store computes the Verdict again
    assert "decides" in team.fine("judge", "list", "support").out
    assert "nobody has calibrated it" not in team.fine("validate", "support").err


def test_a_judge_that_people_do_not_agree_with_may_not_decide(team, judge):
    write_tasks(team, 60)
    team("evaluate", "support")
    labelled(team, lambda row: int(row["answer"].rpartition("/t")[2]) % 4 < 2)
    made = team.fine("judge", "calibrate", "helpful", "support")
    assert "under 0.6: it is shown and decides nothing" in made.out
    shown = team.fine("judge", "show", "helpful", "support", "--json").json
    assert shown["decides"] is False
    assert shown["quality"]["labels"] == 60
    assert shown["quality"]["more_labels"] is None


def test_a_new_rubric_asks_the_judge_and_no_model(team, judge):
    team("evaluate", "support")
    team.edit("support/mission.yaml", "Names the time limit.", "Names the limit.")
    team("evaluate", "support")
    assert judge.asked == 16
    again = team.fine("verdict", "support@2", "--json").json
    before = team.fine("verdict", "support@1", "--json").json
    assert {one["trace_id"] for one in again["results"]} == {one["trace_id"] for one in before["results"]}


@pytest.mark.slow
def test_labels_belong_to_the_answer_and_stay_when_the_judge_changes(team, judge):
    team("evaluate", "support")
    labelled(team, lambda row: "30 days" in row["said"])
    team.edit("support/mission.yaml", "Names the time limit.", "Names the limit.")
    team.fine("build", "support")
    made = team.fine("judge", "calibrate", "helpful", "support", "--json").json
    assert made["quality"]["labels"] == 8
    assert made["asked"]["calls"] == 8  # this judge had not been asked yet


def test_one_answer_is_labelled_by_its_name(team):
    team("evaluate", "support")
    kept = team.fine("annotate", "support@1/t3", "helpful", "yes", "--json").json
    assert (kept["metric"], kept["value"], kept["author"]) == ("helpful", 1.0, kept["author"])
    assert "no answer to a golden task 't99'" in team("annotate", "support@1/t99", "helpful", "yes").err


def test_answers_are_labelled_one_by_one_without_what_the_judge_says(team, monkeypatch):
    team("evaluate", "support")
    said = iter(["perhaps", "y", "s", "0.5", "q"])
    monkeypatch.setattr("click.prompt", lambda *_, **__: next(said))
    out = team.fine("judge", "label", "helpful", "support").out
    assert "2 labels kept" in out
    assert "It is so." not in out


@pytest.mark.slow
def test_a_judge_that_answers_nonsense_makes_the_verdict_invalid_and_never_0(team, judge):
    write_tasks(team, 60)
    team("evaluate", "support")
    labelled(team, lambda row: "30 days" in row["said"])
    team.fine("judge", "calibrate", "helpful", "support")
    judge.says = "I like it."
    said = team("evaluate", "support", "--fresh")
    assert said.code == 4
    assert "helpful could not be scored on 60 of 60 tasks" in said.out
    assert "I like it." in said.out


def test_an_upstream_that_limits_for_ever_is_told_and_not_waited_for(team, judge, monkeypatch):
    monkeypatch.setattr("gonogo.judging.asking.PATIENCE", 0.1)
    judge.status = 429
    said = team("evaluate", "support")
    assert "judges beside that" not in said.out
    found = team.fine("verdict", "support@1", "--json").json["results"][0]["scores"]
    score = next(one for one in found if one["metric"] == "helpful")
    assert score["state"] == "error"
    assert "given up" in score["detail"] or "could not be asked" in score["detail"]


def test_what_is_not_there_is_told_with_the_next_step(team):
    team.fine("build", "support")
    for words, said in (
        (("show", "helpfull", "support"), "support has no judge 'helpfull'; it has helpful"),
        (("list", "suport"), "did you mean 'support'?"),
        (("label", "helpful", "support"), "was never evaluated"),
        (("calibrate", "helpful", "support"), "nobody labelled an answer for the judge helpful yet"),
        (("label", "helpful", "support", "--from", "nothing.csv"), "cannot read nothing.csv"),
    ):
        found = team("judge", *words)
        assert found.code == 65
        assert said in found.err


def test_a_sheet_that_cannot_be_used_keeps_nothing(team):
    team("evaluate", "support")
    for text, said in (
        ("answer,value\nsupport@1/t1,perhaps\n", "row 2: 'perhaps' is no judgement"),
        ("answer,value\nsupport@1/t1,2\n", "row 2: '2' is no judgement"),
        ("answer,value\nsupport@1/t1,yes\nsupport@1/t99,yes\n", "no answer to a golden task 't99'"),
        ("a,b\n1,2\n", "lacks a column answer or value"),
    ):
        (team.folder / "labels.csv").write_text(text, encoding="utf-8")
        found = team("judge", "label", "helpful", "support", "--from", "labels.csv")
        assert found.code == 65
        assert said in found.err
    assert "nobody labelled" in team("judge", "calibrate", "helpful", "support").err


def test_what_judges_said_is_recorded_and_replayed_without_them(team, judge):
    team("evaluate", "support", "--record", "calls.jsonl")
    first = team.fine("verdict", "support@1", "--json").json
    judge.status = 500
    team("evaluate", "support", "--replay", "calls.jsonl")
    again = team.fine("verdict", "support@1", "--json").json
    assert again["verdict"]["run_id"] != first["verdict"]["run_id"]
    assert judge.asked == 8

    def said(found):
        return sorted(
            (one["task_id"], score["value"])
            for one in found["results"]
            for score in one["scores"]
            if score["metric"] == "helpful"
        )

    assert said(again) == said(first)


@pytest.fixture
def two(team):
    """Two evaluated Versions: the second may answer from nothing."""
    team.edit(
        "support/mission.yaml", "judges:\n", "judges:\n  better: {kind: pairwise, provider: arbiter, model: m-1}\n"
    )
    team("evaluate", "support")
    team.edit("support/mission.yaml", "top_k: 5", "top_k: 1, least: 1.0")
    team("evaluate", "support")
    return team


def test_two_versions_are_compared_by_a_pairwise_judge_in_both_orders(two, judge):
    judge.asked = 0
    found = two.fine("judge", "compare", "better", "support@1", "support@2", "--json").json
    assert (len(found["won"]), len(found["lost"]), found["tied"]) == (4, 0, 4)
    assert judge.asked == found["calls"] == 16
    assert found["mean"] == 0.75
    assert found["interval"][0] < 0.75 < found["interval"][1]
    said = two.fine("judge", "compare", "better", "support@2", "support@1").out
    assert "support@2 against support@1: 0 better, 4 worse, 4 tied" in said


@pytest.mark.slow
def test_a_judge_that_follows_the_place_prefers_nobody(two, judge):
    judge.place = "first"
    found = two.fine("judge", "compare", "better", "support@1", "support@2", "--json").json
    assert (found["mean"], found["by_place"]) == (0.5, 8)


@pytest.mark.slow
def test_only_a_pairwise_judge_compares(two):
    refused = two("judge", "compare", "helpful", "support@1", "support@2")
    assert refused.code == 65
    assert "only a pairwise one compares two answers" in refused.err


def test_annotated_traces_count_as_labels_too(team, judge):
    team("evaluate", "support")
    team.fine("deploy", "support@1")
    trace = team.ask_live("How many days do I have to return a light?")
    team.fine("annotate", trace, "helpful", "yes")
    made = team.fine("judge", "calibrate", "helpful", "support", "--json").json
    assert made["quality"]["labels"] == 1
    assert made["asked"]["calls"] == 1


def test_labels_of_answers_that_the_judge_fails_on_are_counted_apart(team, judge):
    judge.says = "I like it."
    team("evaluate", "support")
    team.fine("annotate", "support@1/t1", "helpful", "yes")
    made = team.fine("judge", "calibrate", "helpful", "support", "--json").json
    assert (made["calibration"]["unjudged"], made["quality"]["labels"], made["decides"]) == (1, 0, False)


def test_a_judge_whose_rubric_stands_in_the_tasks_is_held_against_labels_of_those_tasks(team, judge):
    team.edit("support/mission.yaml", ", rubric: Names the time limit.", "")
    team.edit("support/mission.yaml", "helpful: {min: 0.3}", "pass_rate: {margin: 0.05}")
    path = team.folder / "support/golden/tasks.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    asking = json.loads(lines[1])
    asking["expect"].append({"llm-rubric": "Names the time limit."})
    path.write_text("\n".join([lines[0], json.dumps(asking), *lines[2:]]) + "\n", encoding="utf-8")
    team("evaluate", "support")
    assert judge.asked == 1
    team.fine("judge", "label", "helpful", "support", "--sheet", "sheet.csv")
    assert (team.folder / "sheet.csv").read_text(encoding="utf-8").count("support@1/") == 1
    team.fine("annotate", "support@1/t1", "helpful", "yes")
    team.edit("support/mission.yaml", "model: m-1", "model: m-2")
    team.fine("build", "support")
    made = team.fine("judge", "calibrate", "helpful", "support", "--json").json
    assert made["quality"]["labels"] == 1
    assert judge.asked == 2
    assert "Names the time limit." in judge.told


@pytest.mark.slow
def test_labels_of_another_mission_are_not_this_judge_s(team, judge):
    team.fine("new", "other")
    team("evaluate", "other")
    team.fine("deploy", "other@1")
    with_same_name = team.ask_live("How do I reach a person?", "other")
    team.fine("annotate", with_same_name, "helpful", "yes")
    team("evaluate", "support")
    team.fine("annotate", "support@1/t1", "helpful", "yes")
    made = team.fine("judge", "calibrate", "helpful", "support", "--json").json
    assert (made["quality"]["labels"], made["without"]) == (1, 1)
