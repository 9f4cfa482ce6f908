"""An outside embedder is recorded with the models, and a replay needs neither its key nor its settings."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gonogo.assembly import Settings, Workspace
from gonogo.assembly.settings import EmbedderSettings, SettingsFile
from gonogo.building import new_mission
from gonogo.errors import BadInput, RecordingMissing
from gonogo.evaluation import RunOptions


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """Speaks ``/v1/embeddings``; ``asked`` are the texts it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            texts = json.loads(self.rfile.read(int(self.headers["content-length"])))["input"]
            made.asked += texts
            rows = [[byte - 127.5 for byte in hashlib.sha256(text.encode()).digest()[:8]] for text in texts]
            data = [{"object": "embedding", "index": at, "embedding": row} for at, row in enumerate(rows)]
            usage = {"prompt_tokens": 1, "total_tokens": 1}
            reply = json.dumps({"object": "list", "model": "m", "data": data, "usage": usage}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format, *arguments) -> None:
            return

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.asked = []
    thread = threading.Thread(target=made.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def folder(tmp_path):
    new_mission(tmp_path / "support", "support")
    text = tmp_path / "support" / "mission.yaml"
    before = text.read_text()
    text.write_text(before.replace("retrieval: {", "retrieval: {embedder: docs, dense_weight: 0.5, ", 1))
    assert text.read_text() != before
    return tmp_path / "support"


def settings(home, **file) -> Settings:
    return Settings(home=home, file=SettingsFile(**file), author="ana", secrets={})


async def proven(home, folder, tape, *, record, **file):
    async with await Workspace.open(settings(home, **file)) as workspace:
        workspace.use_tape(tape, record=record)
        version = (await workspace.build(folder)).version
        verdict = await workspace.evaluate(version, options=RunOptions(fresh=record, replayed=not record))
        answers = {result.task_id: result.answer for result in (await workspace.run(verdict.run_id)).results}
        return version.behaviour_digest, verdict.outcome, verdict.comparisons, answers


async def test_a_replay_finds_the_same_pages_and_embeds_nothing(tmp_path, folder, server):
    docs = EmbedderSettings(
        kind="openai", model="m", base_url=f"http://127.0.0.1:{server.server_port}/v1", dimensions=8
    )
    tape = tmp_path / "calls.jsonl"
    async with await Workspace.open(settings(tmp_path / "home", embedders={"docs": docs})) as workspace:
        await workspace.build(folder)  # what this home keeps of vectors is no reason to leave them out of the file
    first = await proven(tmp_path / "home", folder, tape, record=True, embedders={"docs": docs})
    assert server.asked
    server.asked.clear()
    again = await proven(tmp_path / "elsewhere", folder, tape, record=False)
    assert again == first
    assert server.asked == []


async def test_a_replay_without_its_vectors_is_refused_with_the_next_step(tmp_path, folder):
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises((RecordingMissing, BadInput), match="docs"):
        await proven(tmp_path / "home", folder, tmp_path / "empty.jsonl", record=False)
