"""The floor: what a Python gateway of well-kept parts costs that does nothing but read what passes.

uvicorn (httptools, uvloop), a raw ASGI application, aiohttp's client; the request's JSON is parsed and looked at, and
so is the usage of a JSON reply; streams pass as they come. No key, no routing, no retry, no record. ``UPSTREAM`` is
where it sends everything.

    UPSTREAM=http://127.0.0.1:PORT python -m benchmarks.gateway.floor PORT
"""

from __future__ import annotations

import os
import sys
from typing import Any

import aiohttp
import msgspec
import uvicorn

UPSTREAM = os.environ.get("UPSTREAM", "")
PASSED = (b"content-type", b"authorization", b"accept")
session: aiohttp.ClientSession | None = None
decode = msgspec.json.decode


async def app(scope: Any, receive: Any, send: Any) -> None:
    global session
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if session is None:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60), auto_decompress=False
        )
    asked = decode(body)
    asked["model"], asked.get("stream")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name in PASSED}
    async with session.post(UPSTREAM + scope["path"], headers=headers, data=body) as reply:
        kind = reply.headers.get("content-type", "application/json").encode()
        head = {"type": "http.response.start", "status": reply.status}
        if kind.startswith(b"text/event-stream"):
            await send({**head, "headers": [(b"content-type", kind)]})
            async for piece in reply.content.iter_any():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
            return
        whole = await reply.read()
    decode(whole).get("usage")
    await send({**head, "headers": [(b"content-type", kind), (b"content-length", str(len(whole)).encode())]})
    await send({"type": "http.response.body", "body": whole})


if __name__ == "__main__":
    uvicorn.run(
        app, port=int(sys.argv[1]), loop="uvloop", http="httptools", access_log=False, lifespan="off",
        log_level="warning",
    )  # fmt: skip
