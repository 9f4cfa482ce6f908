"""The same commands against a server that runs in another process: ``gonogo --server URL``."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.test_judge import JUDGES, JudgeServer, running_judge, write_tasks

from gonogo.assembly import Workspace, load_settings
from gonogo.cli.remote.folder_tar import packed
from gonogo.cli.serve import routes_of
from gonogo.gateway import Application, Door, ServerOptions, bind
from gonogo.gateway.server import Listening

QUESTION = "How many days do I have to return a light?"


class Process:
    """``gonogo serve`` as people start it."""

    def __init__(self, home: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gonogo", "--home", home, "serve", "--port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        self.address = found[0]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert "Traceback" not in self.process.communicate()[1]


class Thread:
    """The same server in a thread, which is there at once."""

    def __init__(self, home: str) -> None:
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(Path(home))))
        self._thread.start()
        assert self._ready.wait(30)

    async def _serve(self, home: Path) -> None:
        options = ServerOptions(host="127.0.0.1", port=0)
        async with await Workspace.open(load_settings(home)) as workspace:
            serving = workspace.serving()
            application = Application(
                routes_of(workspace, serving),
                Door(workspace.store, pepper=workspace.pepper, open_locally=False),
                max_body=1 << 20, max_in_flight=64, on_start=serving.start, on_stop=serving.stop,
            )  # fmt: skip
            listener = bind(options)
            listening = Listening(application, listener, options.drain)
            await application.start()
            await listening.begin()
            self.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            self._loop, self._stop = asyncio.get_running_loop(), listening.stop
            self._ready.set()
            await listening.stopping.wait()
            await listening.drain()
            listener.close()
            await application.stop()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(30)
        assert not self._thread.is_alive()


class Far:
    """A server with a home of its own, keys of three roles, and a shell that is told to use it."""

    def __init__(self, shell, monkeypatch, server=Thread) -> None:
        self.shell, self._set = shell, monkeypatch.setenv
        self.folder, self.edit = shell.folder, shell.edit
        home = str(shell.folder / "far")
        self.keys = {
            role: shell.fine("--home", home, "keys", "create", "--role", role, "--json").json["secret"]
            for role in ("admin", "deployer", "viewer")
        }
        self.server = server(home)
        self.address = self.server.address
        self._set("GONOGO_SERVER", self.address)
        self.as_role("admin")

    def as_role(self, role: str) -> None:
        self._set("GONOGO_KEY", self.keys[role])

    def __call__(self, *words: str):
        return self.shell(*words)

    def fine(self, *words: str):
        return self.shell.fine(*words)

    def chat(self, content: str = QUESTION, **more: str) -> str:
        said = {"model": "support", "messages": [{"role": "user", "content": content}]}
        body = json.dumps(said | more).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.keys['admin']}"}
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.address}/v1/chat/completions", body, headers)
        ) as reply:
            return json.loads(reply.read())["choices"][0]["message"]["content"]


def write_lamps(folder) -> None:
    """Twenty golden tasks that each cite the page."""
    page, rows = ["# Lamps", ""], []
    for number in range(20):
        page.append(f"The lamp shop in town {number} opens at {number + 1} o'clock.\n")
        expect = [{"contains": f"{number + 1} o'clock"}, {"cites": "knowledge/lamps.md"}]
        rows.append(
            {"id": f"t{number}", "question": f"When does the lamp shop in town {number} open?", "expect": expect}
        )
    (folder / "support/knowledge/lamps.md").write_text("\n".join(page), encoding="utf-8")
    (folder / "support/golden/tasks.yaml").write_text(json.dumps(rows), encoding="utf-8")


def steady(found):
    """Without what time and chance decide."""
    if isinstance(found, dict):
        return {key: steady(value) for key, value in found.items() if key not in UNSTEADY}
    return [steady(one) for one in found] if isinstance(found, list) else found


UNSTEADY = ("run_id", "wall", "cpu", "p50", "p95", "seconds", "latency", "asked", "results", "source", "tokens")
PAIRWISE = "  better: {kind: pairwise, provider: arbiter, model: m-1}\n"


@pytest.fixture
def judge_server() -> Iterator[JudgeServer]:
    with running_judge() as server:
        yield server


@pytest.fixture
def far(support, monkeypatch) -> Iterator[Far]:
    made = Far(support, monkeypatch)
    yield made
    made.server.stop()


@pytest.fixture
def far_process(support, monkeypatch) -> Iterator[Far]:
    made = Far(support, monkeypatch, Process)
    yield made
    made.server.stop()


@pytest.fixture
def far_live(far) -> Far:
    far.fine("evaluate", "support/")
    far.fine("deploy", "support@1", "--reason", "first")
    return far


def test_the_whole_way_runs_on_the_server_and_nothing_stays_here(far_process):
    far = far_process
    assert far("deploy", "support@1").code == 65  # it was never built there
    built = far.fine("build", "support")
    assert "support@1 built" in built.out
    assert (far.folder / "support/mission.lock").exists()
    assert far("deploy", "support@1").code == 4
    proven = far.fine("evaluate", "support/")
    assert proven.out.startswith("GO")
    assert "now serves support@1" in far.fine("deploy", "support@1").out
    assert "30 days" in far.chat()
    assert not (far.folder / ".gonogo").exists()


def test_a_cap_holds_on_the_server_too(far):
    assert far("evaluate", "support/", "--max-tokens", "1").code == 4
    assert far("evaluate", "support/", "--max-tokens", "1000000").code == 0


def test_plans_comparisons_and_what_is_asked_of_a_folder_are_the_same_there_as_here(far, monkeypatch):
    write_lamps(far.folder)
    far.fine("build", "support")
    commands = (
        ("plan", "support@1", "--json"),
        ("plan", "support/", "--json"),
        ("compare", "support@1", "--models", "small,large", "--json"),
        ("weigh", "support", "--json"),
        ("knowledge", "eval", "support", "--k", "5", "--json"),
        ("sensitivity", "support", "--budget", "160", "--kinds", "case", "--questions", "none", "--json"),
        ("golden", "draft", "support", "--limit", "2", "--json"),
        ("knowledge", "search", "support@1", QUESTION, "--json"),
        ("score", "answers.jsonl", "--json"),
        ("classifiers", "bias", "toxicity", "--json"),
    )
    row = {"question": QUESTION, "answer": "Thirty days.", "context": ["You have thirty days."], "id": 7}
    (far.folder / "answers.jsonl").write_text(json.dumps(row))
    there = [far.fine(*words).json for words in commands]
    monkeypatch.delenv("GONOGO_SERVER")
    far.fine("build", "support")
    for words, found in zip(commands, there, strict=True):
        assert steady(found) == steady(far.fine(*words).json), words


def test_what_too_few_tasks_cannot_tell_is_refused_there_as_here(far):
    write_lamps(far.folder)
    for words, said in ((("route", "support"), "at least 50"), (("knowledge", "tune", "support"), "at least 40")):
        refused = far(*words)
        assert (refused.code, said in refused.err) == (65, True), refused.err


def test_answers_are_labelled_and_a_judge_calibrated_and_asked_there(support, judge_server, monkeypatch):
    (support.folder / "far").mkdir()
    provider = f'[providers.arbiter]\nbase_url = "http://127.0.0.1:{judge_server.server_port}/v1"\n'
    (support.folder / "far/settings.toml").write_text(provider)
    write_tasks(support, 8)
    (support.folder / "support/golden/tasks.yaml").unlink()
    support.edit("support/mission.yaml", "golden: golden/*.yaml", "golden: golden/*.jsonl")
    support.edit("support/mission.yaml", '  critical: ["tag:safety"]\n', JUDGES + PAIRWISE)
    support.edit("support/mission.yaml", "{pass_rate: {margin: 0.05}}", "{helpful: {min: 0.3}}")
    far = Far(support, monkeypatch)
    try:
        far("evaluate", "support")
        assert "nobody has calibrated it" in far.fine("judge", "list", "support").out
        far.fine("judge", "label", "helpful", "support", "--sheet", "labels.csv")
        with (far.folder / "labels.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == 8
        with (far.folder / "labels.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(row | {"value": "yes" if "30 days" in row["said"] else "no"} for row in rows)
        assert "8 labels kept" in far.fine("judge", "label", "helpful", "support", "--from", "labels.csv").out
        assert "1.00" in far.fine("judge", "calibrate", "helpful", "support").out
        assert far.fine("judge", "show", "helpful", "support", "--json").json["quality"]["labels"] == 8
        assert "key " in far.fine("annotate", "support@1/t0", "helpful", "yes").out
        assert "8 tied" in far.fine("judge", "compare", "better", "support@1", "support@1").out
        assert far("annotate", "support@1/nothing", "helpful", "yes").code == 65
    finally:
        far.server.stop()


def test_a_person_is_forgotten_and_knowledge_looked_after_there(far_live):
    far_live.chat(user="ana")
    assert "1 Trace and 0 annotations deleted" in far_live.fine("forget", "--user", "ana", "--yes").out
    assert far_live.fine("traces", "--json").json == []
    assert "all as they were" in far_live.fine("knowledge", "diff", "support@1", "support@1").out
    assert "Nothing can go" in far_live.fine("knowledge", "gc").out
    assert far_live.fine("monitor", "support", "--roll-back", "--json").json["live"]["version"] == 1
    assert "live in support:production" in far_live.fine("classifiers", "why", "toxicity").out
    for words in (("rows",), ("skew",), ("drift",)):
        far_live.fine("classifiers", *words, "toxicity", "-m", "support")
    assert "Annotations" in far_live("classifiers", "calibrate", "toxicity", "-m", "support").err
    far_live.as_role("deployer")
    for words in (("forget", "--user", "ana", "--yes"), ("knowledge", "gc", "--apply")):
        assert far_live(*words).code == 77


def test_what_was_built_there_is_what_would_be_built_here(far, monkeypatch):
    there = far.fine("build", "support", "--json").json
    monkeypatch.delenv("GONOGO_SERVER")
    here = far.fine("build", "support", "--json").json
    assert here["behaviour_digest"] == there["behaviour_digest"]
    assert here["gate_digest"] == there["gate_digest"]
    assert here["parts"] == there["parts"]


def test_no_go_ends_with_1_there_as_here_and_an_override_needs_an_admin(far_live):
    far_live.edit("support/knowledge/lights.md", "3 years", "2 years")
    far_live.edit("support/golden/tasks.yaml", "3 years\n  tags: [lights]", "3 years\n  tags: [safety]")
    assert far_live("evaluate", "support/").code == 1
    refused = far_live("deploy", "support@2")
    assert refused.code == 1
    assert "warranty" in refused.err
    assert "--override REASON" in refused.err
    assert far_live("verdict", "support@2").code == 1
    far_live.as_role("deployer")
    assert far_live("deploy", "support@2", "--override", "now").code == 77
    far_live.as_role("admin")
    far_live.fine("deploy", "support@2", "--override", "the shop is down")
    assert "the shop is down" in far_live.fine("history", "support").out
    assert "(rollback)" in far_live.fine("rollback", "support").out
    assert "serves support@1" in far_live.fine("status").out


def test_versions_parts_and_differences_are_shown(far_live):
    far_live.edit("support/prompts/system.md", "most two", "most three")
    far_live.fine("build", "support")
    listed = far_live.fine("log", "support").out
    assert "support@2" in listed
    assert "prompt p2" in listed
    assert "system prompt" in far_live.fine("show", "support@1").out
    assert "[-two-]" in far_live.fine("diff", "support@1", "support@2").out
    assert "p2" in far_live.fine("log", "support", "--part", "prompt").out
    assert "already serves" in far_live.fine("deploy", "support@1").out


def test_a_broken_folder_is_refused_with_its_problems_at_their_paths_here(far):
    far.edit("support/mission.yaml", "retrieval:", "retreival:")
    for command in ("build", "validate"):
        refused = far(command, "support")
        assert refused.code == 65
        assert re.search(r"support/mission\.yaml:\d+: retreival", refused.err), refused.err


def test_questions_traces_and_judgements(far_live):
    asked = far_live.fine("ask", "support@1", QUESTION)
    assert "30 days" in asked.out
    far_live.chat()
    trace, earlier = far_live.fine("traces", "support", "--json").json
    assert earlier["environment"] == ""  # asked of one Version: kept, and in no rate
    assert trace["question"] == QUESTION
    assert QUESTION in far_live.fine("trace", trace["id"][:20]).out
    assert "key " in far_live.fine("annotate", trace["id"], "faithfulness", "yes").out
    assert far_live.fine("diagnose", trace["id"]).out
    assert far_live.fine("monitor", "support", "--json").json["live"]["version"] == 1
    cost = far_live.fine("cost", "--json").json
    assert cost["total"]["requests"] - cost["evaluation"]["requests"] == 2
    assert far_live.fine("budgets", "--json").json == []


def test_keys_are_made_listed_limited_rotated_and_revoked(far):
    made = far.fine("keys", "create", "--mission", "support", "--json").json
    assert made["id"] in far.fine("keys", "list").out
    far.fine("keys", "limit", made["id"], "--concurrency", "3")
    assert "3 at once" in far.fine("keys", "list").out
    assert far.fine("keys", "rotate", made["id"]).out.startswith("gng_")
    far.fine("keys", "revoke", made["id"])
    assert far("keys", "revoke", made["id"]).code == 65


def test_classifiers_are_listed_shown_and_moved(far):
    assert "toxicity" in far.fine("classifiers", "list").out
    assert far.fine("classifiers", "show", "toxicity", "--json").json["name"] == "toxicity"
    far.fine("classifiers", "promote", "toxicity", "--reason", "it is good")
    assert "nothing was changed" in far.fine("classifiers", "promote", "toxicity", "--reason", "again").out
    far.fine("classifiers", "rollback", "toxicity")


def test_a_role_that_may_not_ends_with_77(far_live):
    far_live.as_role("viewer")
    assert "support@1" in far_live.fine("status").out
    for words in (("build", "support"), ("keys", "list"), ("rollback", "support"), ("ask", "support@1", "?")):
        refused = far_live(*words)
        assert refused.code == 77, words
        assert "needs role" in refused.err


def test_a_key_that_opens_nothing_is_said_with_where_it_is_read_from(far, monkeypatch):
    for key in ("", "gng_00000000_x"):
        monkeypatch.setenv("GONOGO_KEY", key)
        refused = far("status")
        assert refused.code == 77
        assert "GONOGO_KEY" in refused.err


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "support/", "?"),
        ("evaluate", "support", "--record", "calls.jsonl"),
        ("compare", "support", "--models", "small,large", "--replay", "calls.jsonl"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_there_says_why_in_one_line(support, monkeypatch, words):
    monkeypatch.setenv("GONOGO_SERVER", "http://127.0.0.1:1")  # nobody is asked
    refused = support(*words)
    assert refused.code == 65
    assert "cannot be done on a server, as " in refused.err
    assert "--server" in refused.err
    assert len(refused.err.strip().splitlines()) == 1


def test_what_only_writes_files_here_works_all_the_same(far):
    assert "Made a chatbot Mission" in far.fine("new", "another").out
    assert far.fine("schema").json


def test_nobody_there_ends_with_69(support):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    refused = support("--server", f"http://127.0.0.1:{port}", "status")
    assert refused.code == 69
    assert f"127.0.0.1:{port}" in refused.err


@pytest.mark.parametrize(
    "address", ["gonogo", "ftp://x", "http://", "http://a:b@c", "http://x/?a", "http://x:99999999"]
)
def test_an_address_that_is_none_is_refused(support, address):
    refused = support("--server", address, "status")
    assert refused.code == 65
    assert "is no address" in refused.err


def answering(reply: bytes) -> tuple[str, list[bytes], threading.Thread]:
    """(address, what was asked, thread) of a server that answers once with exactly these bytes."""
    listener, asked = socket.create_server(("127.0.0.1", 0)), []

    def work() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            asked.append(connection.recv(65536))
            connection.sendall(reply)

    thread = threading.Thread(target=work)
    thread.start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}", asked, thread


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n", "302"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", "something else"),
        (b"HTTP/1.1 502 Bad\r\ncontent-length: 0\r\n\r\n", "502"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{", "broke off"),
        (b"no http at all\r\n\r\n", "broke off"),
    ],
)
def test_a_server_that_is_not_gonogo_ends_with_69_and_no_redirect_is_followed(support, monkeypatch, reply, said):
    monkeypatch.setenv("GONOGO_KEY", "gng_1_secret")
    address, asked, thread = answering(reply)
    refused = support("--server", address, "status")
    thread.join(5)
    assert refused.code == 69
    assert said in refused.err
    assert "secret" not in refused.err
    assert b"Bearer gng_1_secret" in asked[0]


def test_a_folder_is_packed_without_hidden_files_and_without_what_links_lead_to_outside(tmp_path):
    folder = tmp_path / "m"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git/config").write_text("secret")
    (folder / "mission.yaml").write_text("mission: m\n")
    (tmp_path / "outside").write_text("secret")
    os.symlink(tmp_path / "outside", folder / "link.md")
    os.symlink(tmp_path, folder / "up")
    archive = packed(folder)
    assert b"secret" not in archive
    (tmp_path / "a.tar").write_bytes(archive)
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert tar.getnames() == ["mission.yaml"]
        assert (tar.getmembers()[0].uid, tar.getmembers()[0].uname) == (0, "")


def test_what_a_server_recorded_is_asked_again_there_and_becomes_a_golden_task_here(far_live):
    for word in ("a", "b", "c"):
        far_live.chat(messages=[{"role": "user", "content": f"{QUESTION} {word}"}])
    said = far_live("backtest", "support@1", "--json")
    assert (said.code, said.json["backtest"]["replayed"], said.json["outcome"]) == (3, 3, "INCONCLUSIVE")
    assert "at least 52 are needed" in far_live("backtest", "support@1").err
    assert far_live("verdict", "support@1", "--backtest").code == 3
    assert far_live("backtest", "support@1", "--tenant", "acme").code == 65
    far_live.chat(messages=[{"role": "user", "content": "How long is the guarantee of the rear light?"}])
    trace = far_live.fine("traces", "support", "--limit", "1", "--json").json[0]["id"]
    far_live.fine("annotate", trace, "correct", "no", "--note", "3 years.")
    added = far_live.fine("golden", "add", trace, "--into", "support", "--json").json
    assert (added["origin"], added["task"]["reference"]) == ("corrected", "3 years.")
    assert "shadow: true" in (far_live.folder / "support/golden/from-traces.yaml").read_text()


def test_a_golden_task_of_the_server_is_checked_there_and_gates_in_the_folder_here(far_live):
    far_live.chat(content="How many years is the guarantee of a light?")
    [trace] = far_live.fine("traces", "support", "--json").json
    far_live.fine("golden", "add", trace["id"], "--into", "support")
    assert "1 shadow, 0 draft" in far_live.fine("golden", "status", "support").out
    assert "it was never run" in far_live("golden", "promote", "support", "--read").out
    assert "11 of 11 attempts passed" in far_live.fine("golden", "check", "support").out
    assert "gates from the next Version on" in far_live.fine("golden", "promote", "support", "--read").out
    assert far_live.fine("golden", "status", "support", "--json").json["counts"]["gating"] == 7
    assert "shadow" not in (far_live.folder / "support/golden/from-traces.yaml").read_text()
