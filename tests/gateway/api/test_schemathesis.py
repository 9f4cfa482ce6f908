"""Schemathesis against a real server: the management API by its own document, the wire formats by one of the tests.

What it finds is a 500, a status or body that the document does not name, what was accepted against it, a reply to a
request without a key, or a hang. Not asked of it: that everything which fits the document is accepted, as a name of
nothing, a cursor of another list and a rollback with nothing before it fit too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from tests.gateway.wire_document import wire_document

from gonogo.building import new_mission
from gonogo.gateway.api.openapi import document
from gonogo.gateway.api.table import ENDPOINTS

pytest.importorskip("schemathesis")
pytestmark = pytest.mark.slow
EXAMPLES = 25
HOOKS = """
import schemathesis

@schemathesis.serializer("application/x-tar")
def tar(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
"""
SETTINGS = """
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429", "5xx"]
"""
"""As it comes, and 413: what is too large is refused before anybody reads what is in it."""
ALLOWED = ["temperature", "top_p", "n", "max_tokens", "stop", "seed", "presence_penalty", "logprobs", "top_logprobs",
           "logit_bias", "metadata"]  # fmt: skip


class Running:
    """A server process whose log is read on, with an admin's key."""

    def __init__(self, home: Path) -> None:
        self.home, self.address = home, ""
        made = json.loads(self.gonogo("keys", "create", "--role", "admin", "--json"))
        self.key = made["secret"]
        command = [sys.executable, "-m", "gonogo", "--home", str(home), "serve", "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split()[3]
        self.log: list[str] = []
        self._reader = threading.Thread(target=lambda: self.log.extend(self.process.stdout or ()), daemon=True)
        self._reader.start()

    def gonogo(self, *args: str) -> str:
        ended = subprocess.run([sys.executable, "-m", "gonogo", "--home", str(self.home), *args],
                               capture_output=True, text=True, check=True, timeout=120)  # fmt: skip
        return ended.stdout

    def stop(self) -> None:
        self.process.terminate()
        assert self.process.wait(30) == 0
        self._reader.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def answers(self) -> bool:
        asked = Request(f"{self.address}/v1/models", headers={"authorization": f"Bearer {self.key}"})
        with urlopen(asked, timeout=20) as reply:
            return reply.status == 200


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    folder, home = tmp_path / "support", tmp_path / "home"
    new_mission(folder, "support")
    text = (folder / "mission.yaml").read_text(encoding="utf-8")
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("requests:"))
    rules = f"requests: {{system: append, allow: [{', '.join(ALLOWED)}]}}"
    (folder / "mission.yaml").write_text(f"{kept}\n{rules}\n", encoding="utf-8")
    for command in (["build", str(folder)], ["deploy", "support@1", "--override", "a test"]):
        subprocess.run([sys.executable, "-m", "gonogo", "--home", str(home), *command],
                       capture_output=True, check=True, timeout=120)  # fmt: skip
    running = Running(home)
    try:
        yield running
    finally:
        running.stop()


@pytest.mark.parametrize("name", ["management", "wire"])
def test_nothing_that_schemathesis_makes_of_a_document_is_answered_otherwise_than_it_says(
    server: Running, tmp_path: Path, name: str
) -> None:
    said = run(tmp_path, server.address, described(name), f"Authorization: Bearer {server.key}")
    assert said.returncode == 0, f"{said.stdout[-20_000:]}\n{''.join(server.log)[-5_000:]}"
    assert server.answers()
    assert not [line for line in server.log if "unexpected" in line or "Traceback" in line]


@pytest.mark.parametrize("name", ["management", "wire"])
def test_without_a_key_everything_is_a_401(server: Running, tmp_path: Path, name: str) -> None:
    closed = described(name)
    for operations in closed["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            operation["responses"] = {"401": responses["401"]}
            operation["security"] = []
    said = run(tmp_path, server.address, closed, "X-Nobody: 1", "--exclude-checks", "positive_data_acceptance")
    assert said.returncode == 0, said.stdout[-20_000:]


def described(name: str) -> Any:
    made = document(ENDPOINTS) if name == "management" else wire_document()
    return json.loads(json.dumps(made))


def run(folder: Path, address: str, described: Any, header: str, *more: str) -> subprocess.CompletedProcess[str]:
    (folder / "hooks.py").write_text(HOOKS, encoding="utf-8")
    (folder / "openapi.json").write_text(json.dumps(described), encoding="utf-8")
    (folder / "schemathesis.toml").write_text(SETTINGS, encoding="utf-8")
    # The seed is fixed: what is red once is red again. A new one now and then finds more.
    command = [
        sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", "openapi.json",
        "--url", address, "--header", header, "--exclude-checks", "positive_data_acceptance", "--seed", "1",
        "--max-examples", str(EXAMPLES), "--request-timeout", "20", "--continue-on-failure", "--no-color",
        "--warnings", "off", *more,
    ]  # fmt: skip
    paths = ":".join([str(folder), *(one for one in sys.path if one)])
    around = {"PATH": "/usr/bin:/bin", "SCHEMATHESIS_HOOKS": "hooks.py", "PYTHONPATH": paths}
    return subprocess.run(command, cwd=folder, env=around, capture_output=True, text=True, timeout=400, check=False)
