"""Secrets are in no log, Trace, error, page or file; a log line cannot be forged. A real server in another process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gonogo.building import new_mission

PROVIDER_KEY = "sk-provider-secret-0123456789"
PEPPER = "pepper-secret-0123456789"


class Echo(BaseHTTPRequestHandler):
    """An upstream that refuses, and repeats the key it was shown in its refusal."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        said = json.dumps({"error": {"message": f"bad key {self.headers['authorization']}\r\nFORGED line"}}).encode()
        self.send_response(401)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *arguments: object) -> None:
        return


def run(home: Path, *words: str, **environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "gonogo", "--home", str(home), *words],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip


@pytest.fixture
def leaky(tmp_path):
    """(everything that was said or kept while requests failed in every way, the key of the gateway)."""
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=upstream.serve_forever)
    thread.start()
    home, folder = tmp_path / "home", tmp_path / "support"
    home.mkdir()
    (home / "settings.toml").write_text(
        f'[keys]\npepper_env = "PEPPER"\n[providers.up]\nbase_url = "http://127.0.0.1:{upstream.server_port}/v1"\n'
        'api_key_env = "UP_KEY"\n',
        encoding="utf-8",
    )
    new_mission(folder, "support")
    text = (folder / "mission.yaml").read_text(encoding="utf-8")
    for size in ("small", "large"):
        text = text.replace(f"provider: builtin, model: extractive-{size}", "provider: up, model: m")
    (folder / "mission.yaml").write_text(text, encoding="utf-8")
    known = {"UP_KEY": PROVIDER_KEY, "PEPPER": PEPPER}
    said = [run(home, "build", str(folder), **known), run(home, "deploy", "support@1", "--override", "test", **known)]
    key = json.loads(run(home, "keys", "create", "--role", "admin", "--json", **known))["secret"]
    server = subprocess.Popen(
        [sys.executable, "-m", "gonogo", "--home", str(home), "serve", "--port", "0"],
        env={**os.environ, **known}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    address = server.stdout.readline().split()[3]
    try:
        said += [*asked(address, key), raw(address, key)]
    finally:
        server.send_signal(signal.SIGTERM)
        said += server.communicate()
        upstream.shutdown()
        upstream.server_close()
        thread.join()
    kept = [path.read_bytes().decode("utf-8", "replace") for path in home.rglob("*") if path.is_file()]
    return "\n".join([*said, *kept]), "\n".join(said), key


def asked(address: str, key: str) -> list[str]:
    question = "My card\r\n2026-01-01 CRITICAL gonogo: FORGED by a question"
    body = json.dumps({"model": "support", "messages": [{"role": "user", "content": question}]}).encode()
    found = []
    for path, content in (
        ("/v1/chat/completions", body), ("/v1/chat/completions", body.replace(b"{", b"{\"stream\": true, ", 1)),
        ("/v1/responses", json.dumps({"model": "support", "input": question}).encode()),
        ("/api/ask", json.dumps({"version": "support@1", "question": question}).encode()),
        ("/api/traces", None), ("/", None), ("/metrics", None), ("/health", None), ("/api/keys", None),
        ("/api/versions/support", None), ("/api/openapi.json", None), (f"/nothing/{key}", None),
    ):  # fmt: skip
        request = urllib.request.Request(address + path, content, {"authorization": f"Bearer {key}"})
        try:
            with urllib.request.urlopen(request) as reply:
                found.append(f"{reply.headers}{reply.read().decode()}")
        except urllib.error.HTTPError as error:
            found.append(f"{error.headers}{error.read().decode()}")
    return found


def raw(address: str, key: str) -> str:
    """A request that is none, with a key in it."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(f"GET / HTTP/9.9\r\nauthorization: Bearer {key}\r\nbroken\r\n\r\n".encode())
        return line.recv(65536).decode("latin-1")


def test_no_secret_is_told_or_kept_and_no_line_is_forged(leaky):
    everything, said, key = leaky
    assert PROVIDER_KEY not in everything
    assert PEPPER not in everything
    secret = key.split("_", 2)[2]  # it may hold underscores itself
    # The path that names a key is the sender's own: it is told so in the refusal and nowhere else.
    assert everything.count(secret) <= 1
    assert "support@1" in said
    for line in said.splitlines():
        assert not line.startswith(("FORGED", "2026-01-01 CRITICAL")), line
