"""A server on 127.0.0.1 that answers as Anthropic's Messages API does, and refuses what it refuses.

Written from platform.claude.com/docs (Messages, streaming, errors, versions); no vendor was asked.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

KEY = "sk-ant-test-271828"
TOP = {"model", "max_tokens", "messages", "system", "metadata", "stop_sequences", "stream", "temperature", "top_k",
       "top_p", "tools", "tool_choice", "thinking", "service_tier", "output_config", "cache_control"}  # fmt: skip
BLOCKS: dict[str, set[str]] = {
    "text": {"text", "citations"},
    "image": {"source"},
    "document": {"source", "title", "context", "citations"},
    "tool_use": {"id", "name", "input"},
    "tool_result": {"tool_use_id", "content", "is_error"},
    "thinking": {"thinking", "signature"},
    "redacted_thinking": {"data"},
}
SIDES = {"user": {"text", "image", "document", "tool_result"},
         "assistant": {"text", "tool_use", "thinking", "redacted_thinking"}}  # fmt: skip
USAGE = {"input_tokens": 7, "cache_creation_input_tokens": 3, "cache_read_input_tokens": 2, "service_tier": "standard"}
TEXT = {"type": "text", "text": "It is thirty days."}


class Refused(Exception):
    """What the interface answers with status 400."""


def check(body: Any, version: str) -> None:
    """Raise what the interface would say of this body."""
    _only(body, TOP, "")
    _need(isinstance(body.get("model"), str), "model: Field required")
    limit = body.get("max_tokens")
    _need(isinstance(limit, int) and limit >= 1, "max_tokens: Field required")
    if version != "2023-06-01":
        for name in ("temperature", "top_p", "top_k"):
            _need(name not in body, f"{name}: Extra inputs are not permitted")
    _need(set(body.get("metadata", {})) <= {"user_id"}, "metadata: Extra inputs are not permitted")
    for at, tool in enumerate(body.get("tools", ())):
        _only(tool, {"name", "description", "input_schema", "cache_control", "strict", "type"}, f"tools.{at}.")
        _need(tool["input_schema"].get("type") == "object", f"tools.{at}.input_schema.type: Field required")
    choice = body.get("tool_choice")
    if choice is not None:
        _only(choice, {"type", "name", "disable_parallel_tool_use"}, "tool_choice.")
        _need(choice["type"] in ("auto", "any", "tool", "none"), "tool_choice: invalid")
        _need("tools" in body, "tool_choice may only be specified while providing tools")
    _check_system(body.get("system", ()))
    _check_turns(body.get("messages"))


def _check_system(system: Any) -> None:
    for at, block in enumerate([] if isinstance(system, str) else system):
        _check_block(block, f"system.{at}.", {"text"})


def _check_turns(turns: Any) -> None:
    _need(bool(turns), "messages: at least one message is required")
    _need(turns[0]["role"] == "user", "messages: first message must use the user role")
    open_uses: set[str] = set()
    for at, turn in enumerate(turns):
        where = f"messages.{at}."
        _only(turn, {"role", "content"}, where)
        _need(turn["role"] in SIDES, f"{where}role: invalid")
        _need(at == 0 or turn["role"] != turns[at - 1]["role"], "messages: roles must alternate")
        _need(bool(turn["content"]), f"{where}content: must be non-empty")
        blocks = [{"type": "text", "text": turn["content"]}] if isinstance(turn["content"], str) else turn["content"]
        for place, block in enumerate(blocks):
            _check_block(block, f"{where}content.{place}.", SIDES[turn["role"]])
        results = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        _need(results == open_uses, f"{where}: tool_use ids without tool_result blocks or the other way round")
        _need([block["type"] for block in blocks][: len(results)] == ["tool_result"] * len(results), "results first")
        open_uses = {block["id"] for block in blocks if block["type"] == "tool_use"}
    _need(not open_uses, "messages: tool_use without tool_result")


def _check_block(block: Any, where: str, kinds: set[str]) -> None:
    kind = block.get("type")
    _need(kind in kinds, f"{where}type: Input tag {kind!r} found")
    _only(block, {"type", "cache_control"} | BLOCKS[kind], where)
    if kind == "text":
        _need(bool(block["text"].strip()), "text content blocks must contain non-whitespace text")
    if kind == "thinking":
        _need(bool(block["signature"]), f"{where}signature: Field required")
    if kind == "tool_use":
        _need(isinstance(block["input"], dict), f"{where}input: Input should be a valid dictionary")
    if kind == "tool_result" and not isinstance(block.get("content", ""), str):
        for at, inner in enumerate(block["content"]):
            _check_block(inner, f"{where}content.{at}.", {"text", "image", "document"})
    if kind in ("image", "document"):
        source = block["source"]
        needed = {"base64": {"media_type", "data"}, "url": {"url"}, "text": {"media_type", "data"}}[source["type"]]
        _need(set(source) == {"type"} | needed, f"{where}source: invalid")


def _only(value: Any, known: set[str], where: str) -> None:
    for name in value:
        _need(name in known, f"{where}{name}: Extra inputs are not permitted")


def _need(holds: bool, message: str) -> None:
    if not holds:
        raise Refused(message)


class AnthropicServer:
    """Answers with ``content`` (the last one again and again). ``cut_after`` events the line is cut; ``error_after``
    events an error comes; ``status`` refuses everything."""

    def __init__(self) -> None:
        self.content: list[list[dict[str, Any]]] = [[TEXT]]
        self.stop: dict[str, Any] = {"stop_reason": "end_turn", "stop_sequence": None}
        self.asked: list[Any] = []
        self.versions: list[str] = []
        self.status = 200
        self.cut_after = self.error_after = -1
        self.wait_after = -1
        self.only_pings = False
        self.hung_up = asyncio.Event()
        self.waiting = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """The address, while it listens."""
        app = web.Application()
        app.router.add_post("/v1/messages", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body, version = await request.json(), request.headers.get("anthropic-version", "")
        self.asked.append(body)
        self.versions.append(version)
        if request.headers.get("x-api-key") != KEY:
            return _error(401, "authentication_error", f"invalid x-api-key {request.headers.get('x-api-key')}")
        if version not in ("2023-06-01", "2026-10-21"):
            return _error(400, "invalid_request_error", "anthropic-version: header is required")
        if self.status != 200:
            return _error(self.status, "overloaded_error", "Overloaded", {"retry-after": "0"})
        try:
            check(body, version)
        except Refused as refused:
            return _error(400, "invalid_request_error", str(refused))
        content = self.content[min(len(self.asked), len(self.content)) - 1]
        if not body.get("stream"):
            return web.json_response({**_head(body), "content": content, **self.stop,
                                      "usage": {**USAGE, "output_tokens": 6}})  # fmt: skip
        return await self._stream(request, list(events(body, content, self.stop)))

    async def _stream(self, request: web.Request, told: list[dict[str, Any]]) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"content-type": "text/event-stream; charset=utf-8"})
        await reply.prepare(request)
        while self.only_pings:
            await reply.write(b'event: ping\ndata: {"type": "ping"}\n\n')
            await asyncio.sleep(0.02)
        for at, event in enumerate(told):
            if at == self.error_after:
                event = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
            if at == self.cut_after:
                assert request.transport is not None
                request.transport.abort()
                return reply
            if at == self.wait_after:
                self.waiting.set()
                try:
                    await asyncio.Event().wait()
                finally:
                    self.hung_up.set()
            await reply.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
            if event["type"] == "error":
                break
        return reply


def events(body: Any, content: list[dict[str, Any]], stop: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events of an answer, in the order the documentation gives."""
    start = {"content": [], "stop_reason": None, "stop_sequence": None, "usage": {**USAGE, "output_tokens": 1}}
    yield {"type": "message_start", "message": {**_head(body), **start}}
    for index, block in enumerate(content):
        kind, pieces = block["type"], []
        opened = dict(block)
        if kind == "text":
            opened["text"] = ""
            pieces = [
                {"type": "text_delta", "text": block["text"][at : at + 4]} for at in range(0, len(block["text"]), 4)
            ]
        elif kind == "thinking":
            opened |= {"thinking": "", "signature": ""}
            pieces = [{"type": "thinking_delta", "thinking": block["thinking"]},
                      {"type": "signature_delta", "signature": block["signature"]}]  # fmt: skip
        elif kind == "tool_use":
            opened["input"], text = {}, json.dumps(block["input"])
            pieces = [{"type": "input_json_delta", "partial_json": part} for part in ("", text[:3], text[3:])]
        yield {"type": "content_block_start", "index": index, "content_block": opened}
        if index == 0:
            yield {"type": "ping"}
        for piece in pieces:
            yield {"type": "content_block_delta", "index": index, "delta": piece}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 6}}
    yield {"type": "message_stop"}


def _head(body: Any) -> dict[str, Any]:
    return {"id": "msg_01", "type": "message", "role": "assistant", "model": f"{body['model']}-20260101"}


def _error(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
    return web.json_response(body, status=status, headers=headers)
