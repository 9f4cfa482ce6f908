"""A real browser opens the pages under their own policy, at a phone's width."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

PICTURE_WIDTH = 380


@pytest.fixture
async def address(team):
    """The console over HTTP on a free port of this machine."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n", 1)[0].decode()
        try:
            reply = await team.get(line.split(" ")[1])
            head = f"HTTP/1.1 {reply.status} OK\r\ncontent-type: {reply.content_type}\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
            writer.write(f"{head}content-length: {len(reply.body)}\r\nconnection: close\r\n\r\n".encode() + reply.body)
        except LookupError:
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.close()
    await server.wait_closed()


async def chromium(profile: Path, *options: str) -> str:
    """What a headless chromium prints."""
    program = shutil.which("chromium")
    assert program, "this test needs Debian's chromium"
    process = await asyncio.create_subprocess_exec(
        program, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr",
        f"--user-data-dir={profile}", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, logged = await asyncio.wait_for(process.communicate(), timeout=60)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert b"Content Security Policy" not in logged, logged.decode(errors="replace")
    return out.decode()


@pytest.mark.needs_browser
async def test_a_browser_shows_the_page_styled_and_lets_no_script_run(team, address, tmp_path):
    await team.prove_and_deploy()
    await team.ask("<script>document.title = 'broken'</script>")
    picture = tmp_path / "home.png"
    shown = await chromium(tmp_path / "a", f"--screenshot={picture}", f"--window-size={PICTURE_WIDTH},1400", address)
    assert shown == ""
    assert int.from_bytes(picture.read_bytes()[16:20], "big") == PICTURE_WIDTH
    dumped = await chromium(tmp_path / "b", "--dump-dom", address)
    assert re.search(r"<title>What is live · gonogo</title>", dumped)
    assert "<script" not in dumped
