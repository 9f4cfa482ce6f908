"""OpenAI-compatible: any upstream that speaks chat completions, with a key or without.

Here: the request's wire form, reading the stream or the reply, and saying so when it was not whole.
Not here: retries and fallback (``pipeline``), connections (``http``), chunks to Deltas (``chat_chunks``).

Every field of the ModelRequest is passed on as it is, but for marks of other wire formats that chat completions have
no place for, and for the limit of tokens, which has two names. Reasoning models (``o1``, ``o3-mini``, ``gpt-5`` ...)
refuse ``max_tokens``, so it is sent to them as ``max_completion_tokens``. Where both are set, one is sent and the
smaller holds: a limit that the Mission pins is not passed by under its other name. Nothing else is dropped: a parameter
the upstream does not want is the upstream's to refuse, and its own message comes back.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from gonogo.clock import Clock, SystemClock
from gonogo.domain import Delta, Json, ModelRequest
from gonogo.domain.request import CACHE_MARK, EARLIER_THINKING, FAILED_RESULT
from gonogo.errors import ProviderFailed
from gonogo.providers.chat_chunks import ChunkReader, MalformedChunk, plain_reply
from gonogo.providers.http import (
    MAX_ERROR_BYTES,
    MAX_REPLY_BYTES,
    Reply,
    Upstream,
    checked_base_url,
    checked_key,
    header_block,
)
from gonogo.providers.sse import EventTooLarge, SseParser
from gonogo.providers.timeouts import Timeouts
from gonogo.providers.upstream_errors import failure, failure_in_stream

_REASONING_MODEL = re.compile(r"(?:^|/)(?:o\d|gpt-5)")
_LIMITS = ("max_completion_tokens", "max_tokens")
_FOREIGN = frozenset({EARLIER_THINKING, FAILED_RESULT, CACHE_MARK})
_PLAIN = frozenset({"role", "content"})
_DONE = ("[DONE]", b"[DONE]")


@lru_cache(maxsize=256)
def is_reasoning_model(model: str) -> bool:
    """Whether a model takes ``max_completion_tokens`` only, by its name (``o1``, ``openai/o3-mini``, ``gpt-5``)."""
    return _REASONING_MODEL.search(model) is not None


def wire_body(request: ModelRequest, *, stream: bool) -> Json:
    """The JSON body: unknown fields first, so that ours win where both set one."""
    messages = [
        message if message.keys() <= _PLAIN and type(message.get("content")) is str else _without_foreign(message)
        for message in request.messages
    ]
    body: Json = {**request.extra, **request.parameters, "model": request.model, "messages": messages}
    if request.tools:
        body["tools"] = [_without_foreign(tool) for tool in request.tools]
    if request.response_format is not None:
        body["response_format"] = request.response_format
    _limit_once(body)
    body["stream"] = stream
    if stream:
        asked = body.get("stream_options")
        body["stream_options"] = {**(asked if isinstance(asked, dict) else {}), "include_usage": True}
    else:
        body.pop("stream_options", None)
    return body


def _without_foreign(message: Json) -> Json:
    """Chat completions have no place for what other wire formats say of earlier reasoning, failed tools and caches."""
    if not _FOREIGN.isdisjoint(message):
        message = {name: value for name, value in message.items() if name not in _FOREIGN}
    content = message.get("content")
    if isinstance(content, list):
        parts = [_without_foreign(part) if isinstance(part, dict) else part for part in content]
        message = message if parts == content else {**message, "content": parts}
    return message


def _limit_once(body: Json) -> None:
    if "max_tokens" not in body and "max_completion_tokens" not in body:
        return
    limits = [body[name] for name in _LIMITS if name in body]
    reasons = is_reasoning_model(body["model"])
    if len(limits) == 2 or (limits and reasons):
        for name in _LIMITS:
            body.pop(name, None)
        numbers = [limit for limit in limits if isinstance(limit, int | float)]
        body["max_completion_tokens" if reasons else "max_tokens"] = min(numbers, default=limits[0])


class OpenAICompatibleProvider:
    """One upstream.

    Args:
        name: what the provider is called in ``mission.yaml``.
        base_url: up to and including ``/v1``; for a local server as for a remote one.
        api_key: sent as a bearer token, without blanks around it; empty sends no such header.
        timeouts: seconds, see ``Timeouts``.
        streams: ``False`` always asks for one JSON reply, for upstreams that cannot stream; else those who read along
            get a stream, and all others one reply.
        clock: for a Retry-After given as a date.

    Raises:
        BadInput: ``base_url`` or ``api_key`` cannot be used.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        api_key: str = "",
        timeouts: Timeouts | None = None,
        streams: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self._name = name
        self._url = f"{checked_base_url(name, base_url)}/chat/completions"
        self._key = checked_key(name, api_key)
        self._streams = streams
        self._clock = clock or SystemClock()
        self._headers = {True: self._headers_for("text/event-stream"), False: self._headers_for("application/json")}
        self._upstream = Upstream(name, timeouts or Timeouts())

    def __repr__(self) -> str:
        return f"OpenAICompatibleProvider({self._name!r}, {self._url!r})"

    @property
    def name(self) -> str:
        return self._name

    async def generate(self, request: ModelRequest) -> AsyncGenerator[Delta, None]:
        """Ask the upstream and yield its Deltas. Closing the iterator closes the connection, which stops the upstream.

        Raises:
            ProviderFailed: refused, unreachable, too slow, malformed, or ended without a finish reason.
        """
        stream = self._streams and request.stream
        body = msgspec.json.encode(wire_body(request, stream=stream))
        async with self._upstream.post(self._url, self._headers[stream], body, stream=stream) as reply:
            if reply.status >= 300:
                raise await self._refusal(reply)
            # Read whichever of the two forms was asked for: some servers answer in the other.
            kind = reply.content_type
            if kind in ("application/json", "text/json"):
                for delta in await self._whole(reply):
                    yield delta
                return
            if kind != "text/event-stream":
                raise self._failed(
                    f"answered with {kind or 'no content type'} instead of JSON or an event stream: "
                    "is base_url in settings right? It usually ends in /v1",
                    answering=False,
                )
            parser, chunks = SseParser(), ChunkReader()
            done = False
            while not done and (piece := await reply.piece()):
                plain = parser.plain(piece)
                for event in self._events(parser, piece) if plain is None else plain:
                    if event in _DONE:
                        done = True
                        continue
                    reply.token_came()
                    word = chunks.word(event)
                    if word is not None:
                        yield word
                        continue
                    for delta in self._read(chunks, event):
                        yield delta
            if done:
                await reply.drain()
            if not chunks.finished:
                raise self._failed(
                    f"broke off after {chunks.pieces} pieces without a finish reason: what came is not a whole answer",
                    retryable=True,
                )

    async def close(self) -> None:
        """Close all connections."""
        await self._upstream.close()

    def _headers_for(self, accept: str) -> bytes:
        headers = {"Content-Type": "application/json", "Accept": accept, "User-Agent": "gonogo"}
        return header_block({**headers, "Authorization": f"Bearer {self._key}"} if self._key else headers)

    async def _refusal(self, reply: Reply) -> ProviderFailed:
        body = await reply.body(MAX_ERROR_BYTES)
        return failure(self._name, reply.status, reply.headers, body, now=self._clock.now(), secret=self._key)

    def _events(self, parser: SseParser, piece: bytes) -> Sequence[str]:
        try:
            return [event.data for event in parser.feed(piece)]
        except EventTooLarge as error:
            raise self._failed(f"cannot be read: {error}") from error

    async def _whole(self, reply: Reply) -> list[Delta]:
        body = await reply.body(MAX_REPLY_BYTES)
        if (plain := plain_reply(body)) is not None:
            return [plain]
        chunks = ChunkReader()
        deltas = self._read(chunks, body)
        if not chunks.finished:
            raise self._failed("answered without a choice that has a finish reason")
        return deltas

    def _read(self, chunks: ChunkReader, text: str | bytes) -> list[Delta]:
        try:
            chunk = msgspec.json.decode(text if isinstance(text, str) else text.decode("utf-8", "replace"))
            if error := _error_in(chunk):
                raise failure_in_stream(self._name, error, secret=self._key)
            return list(chunks.read(chunk))
        except (msgspec.DecodeError, MalformedChunk, RecursionError) as error:
            raise self._failed(f"sent something that is no chat completion: {error}", retryable=True) from error

    def _failed(self, what: str, *, retryable: bool = False, answering: bool = True) -> ProviderFailed:
        failed = ProviderFailed(f"{self._name} {what}", provider=self._name, retryable=retryable)
        failed.answering = answering
        return failed


def _error_in(chunk: Any) -> Any:
    """The error that stands in place of a chunk, under ``error`` or, as older vLLM sends it, by itself."""
    if not isinstance(chunk, dict):
        return None
    bare = "choices" not in chunk and "error" in (chunk.get("object"), chunk.get("type"))
    return chunk.get("error") or (chunk if bare else None)
