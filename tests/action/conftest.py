"""A runner of workflows for the action's own steps, and GitHub's comments on 127.0.0.1."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from gonogo.cli.app import main

ROOT = Path(__file__).resolve().parents[2]
ACTION: Mapping[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BOT, TOKEN = "github-actions[bot]", "token-of-the-job"


class GitHub:
    """Comments of pull request 7 of octo/shop. ``refuse`` maps a method to the statuses of its next replies."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.refuse: dict[str, list[int]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add(self, body: str, author: str = BOT) -> dict[str, Any]:
        """A comment that is there."""
        made = {"id": 1000 + len(self.comments), "body": body, "user": {"login": author}}
        self.comments.append(made)
        return made

    def _answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        at = urlsplit(target)
        if self.refuse.get(method):
            return self.refuse[method].pop(0), {"message": "refused"}
        if (method, at.path) == ("GET", "/repos/octo/shop/issues/7/comments"):
            page, size = (int(parse_qs(at.query)[name][0]) for name in ("page", "per_page"))
            return 200, self.comments[(page - 1) * size : page * size]
        if (method, at.path) == ("POST", "/repos/octo/shop/issues/7/comments"):
            return 201, self.add(body["body"])
        found = re.fullmatch(r"/repos/octo/shop/issues/comments/(\d+)", at.path)
        for comment in self.comments:
            if found and method == "PATCH" and comment["id"] == int(found[1]):
                comment["body"] = body["body"]
                return 200, comment
        return 404, {"message": "Not Found"}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        github = self

        class Handler(BaseHTTPRequestHandler):
            def _all(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                github.asked.append(f"{self.command} {self.path}")
                if self.headers["authorization"] == f"Bearer {TOKEN}":
                    status, reply = github._answer(self.command, self.path, body)
                else:
                    status, reply = 401, {"message": "Bad credentials"}
                content = json.dumps(reply).encode()
                self.send_response(status)
                if status in (301, 307):
                    self.send_header("location", "http://127.0.0.1:9/elsewhere")
                if status == 429:
                    self.send_header("retry-after", "0")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = _all  # noqa: N815

            def log_message(self, format: str, *arguments: Any) -> None:
                return

        return Handler


@dataclass
class Ended:
    """How the action ended: the code of the step that failed, or 0; what was printed; its outputs."""

    code: int
    out: str
    outputs: dict[str, str]


@dataclass
class Runner:
    """Runs the steps of ``action.yml`` as a runner does, in a workspace of its own."""

    workspace: Path
    temp: Path
    github: GitHub
    event: dict[str, Any] = field(default_factory=lambda: {"pull_request": {"number": 7, "head": {"sha": "a" * 40}}})
    summary: str = ""

    def __call__(self, **given: str) -> Ended:
        """Run the action with these inputs (``fail_on`` is ``fail-on``)."""
        inputs = self._inputs(given)
        outputs: dict[str, dict[str, str]] = {}
        code, said = 0, ""
        for step in ACTION["runs"]["steps"]:
            always = "!cancelled()" in step.get("if", "")
            wanted = "inputs.comment" not in step.get("if", "") or inputs["comment"] == "true"
            if not wanted or (code and not always):
                continue
            ended, printed, made = self._step(step, inputs, outputs)
            outputs[step.get("id", "")] = made
            code, said = code or ended, said + printed
        told = {name: self._filled(one["value"], inputs, outputs) for name, one in ACTION["outputs"].items()}
        return Ended(code, said, told)

    def comment(self, verdict: str = "## GO", **given: str) -> Ended:
        """Run the step that comments alone, after an evaluation that wrote ``verdict``."""
        (self.temp / "v.md").write_text(verdict)
        step = next(step for step in ACTION["runs"]["steps"] if step["name"] == "Comment")
        outputs = {"evaluate": {"markdown": str(self.temp / "v.md"), "exit-code": "0"}}
        code, said, _ = self._step(step, self._inputs({"folder": "missions/support", **given}), outputs)
        return Ended(code, said, {})

    def _inputs(self, given: Mapping[str, str]) -> dict[str, str]:
        defaults = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()}
        chosen = {name.replace("_", "-"): value for name, value in given.items()}
        return {**defaults, "token": TOKEN, "python": sys.executable, **chosen}

    def _step(
        self, step: Mapping[str, Any], inputs: Mapping[str, str], outputs: Mapping[str, Mapping[str, str]]
    ) -> tuple[int, str, dict[str, str]]:
        files = {
            name: self.temp / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH")
        }
        for path in files.values():
            path.write_text("")
        files["GITHUB_EVENT_PATH"].write_text(json.dumps(self.event))
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.temp),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "octo/shop",
            "GITHUB_RUN_ID": "5",
            **{name: str(path) for name, path in files.items()},
            **{name: self._filled(value, inputs, outputs) for name, value in step["env"].items()},
        }
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(command, cwd=self.workspace, env=environment, capture_output=True, text=True)
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        return done.returncode, done.stdout + done.stderr, dict(line.split("=", 1) for line in lines)

    def _filled(self, text: str, inputs: Mapping[str, str], outputs: Mapping[str, Mapping[str, str]]) -> str:
        def value(found: re.Match[str]) -> str:
            path = found[1].strip().split(".")
            if path[0] == "inputs":
                return inputs[path[1]]
            assert (path[0], path[2]) == ("steps", "outputs"), found[0]
            return outputs.get(path[1], {}).get(path[3], "")

        return re.sub(r"\$\{\{(.+?)\}\}", value, text)


@pytest.fixture
def github() -> Iterator[GitHub]:
    """With no comments."""
    made = GitHub()
    yield made
    made.close()


@pytest.fixture
def runner(tmp_path: Path, github: GitHub, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """With a new Mission in ``missions/support``, its base in ``base``, and gonogo installed by somebody before."""
    workspace, temp = tmp_path / "work space", tmp_path / "temp"
    venv = temp / "gonogo-venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "installed").touch()
    python = venv / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    for folder in ("missions/support", "base"):
        (workspace / folder).parent.mkdir(parents=True, exist_ok=True)
        with pytest.raises(SystemExit):
            main(["new", str(workspace / folder)])
    mission = workspace / "base" / "mission.yaml"
    mission.write_text(mission.read_text().replace("mission: base", "mission: support"))
    return Runner(workspace, temp, github)
