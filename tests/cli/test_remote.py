"""The same commands against a server that runs in another process: ``gonogo --server URL``."""

from __future__ import annotations

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

import pytest

from gonogo.cli.app import COMMANDS
from gonogo.cli.remote.folder_tar import packed

QUESTION = "How many days do I have to return a light?"


class Far:
    """A server with a home of its own, keys of two roles, and a shell that is told to use it."""

    def __init__(self, shell, monkeypatch) -> None:
        self.shell, self._set = shell, monkeypatch.setenv
        self.folder, self.edit = shell.folder, shell.edit
        home = str(shell.folder / "far")
        self.keys = {
            role: shell.fine("--home", home, "keys", "create", "--role", role, "--json").json["secret"]
            for role in ("admin", "deployer", "viewer")
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gonogo", "--home", home, "serve", "--port", "0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        found = re.search(r"http://127\.0\.0\.1:\d+", self.process.stdout.readline())
        self.address = found[0]
        self._set("GONOGO_SERVER", self.address)
        self.as_role("admin")

    def as_role(self, role: str) -> None:
        self._set("GONOGO_KEY", self.keys[role])

    def __call__(self, *words: str):
        return self.shell(*words)

    def fine(self, *words: str):
        return self.shell.fine(*words)

    def chat(self) -> str:
        body = json.dumps({"model": "support", "messages": [{"role": "user", "content": QUESTION}]}).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self.keys['admin']}"}
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.address}/v1/chat/completions", body, headers)
        ) as reply:
            return json.loads(reply.read())["choices"][0]["message"]["content"]

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        return self.process.communicate()[1]


@pytest.fixture
def far(support, monkeypatch) -> Iterator[Far]:
    made = Far(support, monkeypatch)
    yield made
    assert "Traceback" not in made.stop()


@pytest.fixture
def far_live(far) -> Far:
    far.fine("evaluate", "support/")
    far.fine("deploy", "support@1", "--reason", "first")
    return far


def test_the_whole_way_runs_on_the_server_and_nothing_stays_here(far):
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


def test_a_cap_holds_on_the_server_too_and_what_records_or_compares_says_that_it_cannot(far):
    assert far("evaluate", "support/", "--max-tokens", "1").code == 4
    assert far("evaluate", "support/", "--max-tokens", "1000000").code == 0
    for words in (("evaluate", "support/", "--record", "a.jsonl"), ("compare", "support@1", "support@1")):
        said = far(*words)
        assert (said.code, "cannot be done on a server" in said.err) == (65, True)


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
    assert far_live.fine("cost", "--json").json["total"]["requests"] == 2
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
        ("serve",),
        ("backup", "copy.db"),
        ("restore", "copy.db"),
        ("forget", "--user", "ana", "--yes"),
        ("weigh", "support"),
        ("route", "support"),
        ("golden", "draft", "support"),
        ("import", "table", "support/mission.yaml", "--into", "other"),
        ("ask", "support/", "?"),
        ("monitor", "support", "--roll-back"),
        ("classifiers", "why", "toxicity"),
    ],
    ids=" ".join,
)
def test_what_cannot_run_there_says_so_in_one_line(far, words):
    refused = far(*words)
    assert refused.code == 65
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


def test_every_command_is_known_to_run_there_or_to_say_that_it_cannot():
    """A new command is entered here by whoever adds it: that is the point."""
    there = {
        "validate", "build", "log", "show", "diff", "evaluate", "verdict", "deploy", "rollback", "status", "history",
        "ask", "keys", "traces", "trace", "diagnose", "monitor", "annotate", "classifiers", "cost", "budgets",
    }  # fmt: skip
    here = {
        "new",
        "import",
        "compare",
        "plan",
        "backup",
        "restore",
        "forget",
        "schema",
        "weigh",
        "knowledge",
        "route",
        "sensitivity",
        "score",
        "golden",
        "serve",
        "judge",
    }
    assert set(COMMANDS) <= there | here


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
