"""What golden tasks, judges and upstreams do wrong: a clear message, a counted error, INVALID where trust is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cli.answering import Answers, write_mission

TASKS = "support/golden/tasks.yaml"
JUDGED = """judges:
  helpful: {kind: llm-rubric, provider: mine, model: m-2024-01-01, rubric: Says yes.}
  grounded: {kind: context-faithfulness, provider: mine, model: m-2024-01-01}
"""


@pytest.fixture
def answers() -> Iterator[Answers]:
    made = Answers(lambda question, time: "yes")
    yield made
    made.close()


def invalid(said) -> str:
    assert said.code == 4, said
    assert said.out.startswith("INVALID  ")
    assert "Traceback" not in said.err
    return said.out


def test_tasks_that_cannot_be_scored_are_errors_and_no_failures(support, answers):
    write_mission(support, answers, tasks=4, expect="python: checks/broken.py")
    (support.folder / "support/checks").mkdir()
    (support.folder / "support/checks/broken.py").write_text("def get_assert(output, context):\n    return 1 / 0\n")
    out = invalid(support("evaluate", "support"))
    assert "4 of 4 tasks of the candidate gave no result, over the error budget of 1 %" in out
    assert "ZeroDivisionError" in out
    assert "did not run" in out


def test_a_score_of_nan_is_an_error_and_never_a_number(support, answers):
    write_mission(support, answers, tasks=2, expect="python: checks/odd.py")
    (support.folder / "support/checks").mkdir()
    (support.folder / "support/checks/odd.py").write_text("def get_assert(output, context):\n    return float('nan')\n")
    assert "2 of 2 tasks of the candidate gave no result" in invalid(support("evaluate", "support"))
    run = support("verdict", "support@1", "--json").json["results"]
    assert [(one["passed"], one["scores"][0]["state"], one["scores"][0]["value"]) for one in run] == [
        (None, "error", None)
    ] * 2


def test_a_judge_that_answers_nonsense_is_a_counted_error(support, answers):
    write_mission(support, answers, tasks=2, gate=JUDGED, expect="judge: helpful")
    found = support("evaluate", "support")
    scores = [one["scores"][0] for one in support("verdict", "support@1", "--json").json["results"]]
    assert {(score["state"], score["value"]) for score in scores} == {("error", None)}
    assert "yes" in scores[0]["detail"]
    assert found.code in (3, 4)


def test_a_judge_of_what_was_retrieved_is_asked_nothing_where_nothing_was(support, answers):
    write_mission(support, answers, tasks=2, gate=JUDGED, expect="judge: grounded")
    support("evaluate", "support")
    assert sum(answers.asked.values()) == 2  # the answers alone
    scores = [one["scores"][0] for one in support("verdict", "support@1", "--json").json["results"]]
    assert {score["state"] for score in scores} == {"not-applicable"}


def test_a_baseline_that_was_judged_otherwise_is_run_on_the_tasks_of_today(live):
    live.edit(TASKS, "How many years of warranty", "How many years of guarantee")
    live.edit("support/prompts/system.md", "most two", "most three")
    found = live("evaluate", "support")
    assert "golden tasks differ from those of live: 1 changed (warranty); both were run on these 6" in found.out
    runs = [live.fine("verdict", "support@2", "--json").json["verdict"][name] for name in ("run_id", "baseline_run_id")]
    assert len(set(runs)) == 2


def test_a_golden_file_that_changes_while_it_runs_is_told(support, answers):
    write_mission(support, answers, tasks=3)
    path = support.folder / TASKS

    def edits(question: str, asked: int) -> str:
        if question == "is t0 so?":
            path.write_text(path.read_text().replace("is t2 so?", "is t2 really so?"))
        return "yes"

    answers.says = edits
    said = support("evaluate", "support")
    assert "warning: golden/tasks.yaml was changed while this ran: the Verdict is of the tasks as they were" in said.err
    assert "when support@1 was built. Evaluate again" in said.err
    assert "is t2 so?" in answers.asked
    answers.says = lambda question, asked: "yes"
    assert "was changed" not in support("evaluate", "support").err
    assert "is t2 really so?" in answers.asked


def test_ids_used_twice_are_refused_before_anything_is_asked(support, answers):
    write_mission(support, answers, tasks=2)
    support.edit(TASKS, "id: t1", "id: t0")
    said = support("evaluate", "support")
    assert said.code == 65
    assert "the id 't0' is used twice; first in golden/tasks.yaml:1" in said.err
    assert not answers.asked


@pytest.mark.parametrize("content", ["", "- {id: a, question: Is it?, draft: true}\n"])
def test_no_tasks_that_may_gate_are_invalid(support, answers, content):
    write_mission(support, answers)
    (support.folder / TASKS).write_text(content)
    assert "no golden task may gate: all are drafts, or none exists" in invalid(support("evaluate", "support"))


@pytest.mark.slow
def test_an_upstream_that_fails_on_every_task_is_asked_no_further_than_the_error_budget(support, answers):
    answers.says = lambda question, asked: 400
    write_mission(support, answers, tasks=300)
    said = support("evaluate", "support", "--concurrency", "4")
    out = invalid(said)
    assert "of 300 tasks of the candidate gave no result, over the error budget of 1 %" in out
    assert "the candidate was never run on 2" in out
    assert "Stopped: the error budget was spent and most answers failed" in said.err
    assert 10 <= len(answers.asked) <= 20
    answers.says = lambda question, asked: "yes"
    support.fine("evaluate", "support")
    assert len(answers.asked) == 300


def test_an_upstream_that_limits_for_ever_is_given_up_and_not_burned(support, answers):
    answers.says = lambda question, asked: 429
    write_mission(support, answers, tasks=300)
    out = invalid(support("evaluate", "support"))
    assert "300 of 300 tasks of the candidate gave no result" in out
    assert "given up, as the upstream asks for" in out
    assert sum(answers.asked.values()) <= 8  # what was in flight when it said so
