"""A person at a shell in an empty folder: commands run through ``gonogo.cli.app.main``, with what they printed."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import gonogo
from gonogo.cli.app import main

AUTHOR = "ana"
IN_A_WORKFLOW = ("GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE")


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be JSON and nothing else."""
        return json.loads(self.out)


class Shell:
    """Runs commands in this process, with ``.gonogo`` in the current folder as home."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture = folder, capture
        self.home = folder / ".gonogo"

    def __call__(self, *words: str) -> Said:
        """What one command says."""
        self._capture.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        printed = self._capture.readouterr()
        code = stopped.value.code
        return Said(code if isinstance(code, int) else 0, printed.out, printed.err)

    def fine(self, *words: str) -> Said:
        """What one command says that must end with 0."""
        said = self(*words)
        assert said.code == 0, said
        return said

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace words in a file; they must be there."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text, text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def settings(self, text: str) -> None:
        """Write ``settings.toml``."""
        self.home.mkdir(exist_ok=True)
        (self.home / "settings.toml").write_text(text, encoding="utf-8")

    def ask_live(self, question: str, mission: str = "support") -> str:
        """The id of the Trace of a question to what is live."""
        with gonogo.open(self.home) as home:
            return home.ask(f"{mission}:production", question, keep=True, environment="production").id


COMMAND = (sys.executable, "-m", "gonogo")
"""How another process runs ``gonogo``."""
PIECE = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,'
ANSWER = PIECE + b'"delta":{"role":"assistant","content":"I do not know."},"finish_reason":null}]}\n\n'
END = PIECE + b'"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


class ModelServer:
    """An OpenAI-compatible upstream that answers ``free`` requests at once and holds the others until released."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.questions: list[str] = []
        self.holding, self.released = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Release what is held and stop."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def admit(self, question: str) -> None:
        """Note the question; return when it may be answered."""
        with self._lock:
            self.questions.append(question)
            held = len(self.questions) > self.free
        if held:
            self.holding.set()
            self.released.wait()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                server.admit(str(body["messages"][-1]["content"]))
                try:
                    self.send_response(200)
                    self.send_header("content-type", "text/event-stream")
                    self.end_headers()
                    self.wfile.write(ANSWER + END)
                except OSError:
                    return  # whoever asked was stopped meanwhile

            def log_message(self, format: str, *arguments: Any) -> None:
                return

        return Handler


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """Answers two requests, then holds."""
    made = ModelServer(free=2)
    yield made
    made.close()


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """In an empty folder, with nothing set that could steer it."""
    monkeypatch.chdir(tmp_path)
    steering = ("NO_COLOR", "GONOGO_HOME", "GONOGO_SERVER", "GONOGO_KEY", "COLUMNS", *IN_A_WORKFLOW)
    for name in steering:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GONOGO_AUTHOR", AUTHOR)
    return Shell(tmp_path, capsys)


@pytest.fixture
def support(shell: Shell) -> Shell:
    """With a new Mission in ``support/``."""
    shell.fine("new", "support")
    return shell


@pytest.fixture
def live(support: Shell) -> Shell:
    """``support@1`` is proven and serves in production."""
    support.fine("evaluate", "support")
    support.fine("deploy", "support@1")
    return support


@pytest.fixture
def broken(live: Shell) -> Shell:
    """``support@2`` breaks a task that is critical since then."""
    live.edit("support/knowledge/lights.md", "3 years", "2 years")
    live.edit("support/golden/tasks.yaml", "3 years\n  tags: [lights]", "3 years\n  tags: [safety]")
    assert live("evaluate", "support").code == 1
    return live


@pytest.fixture
def slow(support: Shell, model_server: ModelServer) -> Shell:
    """The Mission asks the held server instead of the built-in models, without routing."""
    support.settings(f'[providers.slow]\nbase_url = "{model_server.url}"\n')
    for size in ("small", "large"):
        support.edit(
            "support/mission.yaml",
            f"provider: builtin, model: extractive-{size}",
            "provider: slow, model: m-2024-01-01",
        )
    return support
