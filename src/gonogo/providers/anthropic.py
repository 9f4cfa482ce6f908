"""Anthropic: an upstream that speaks Anthropic's Messages API.

Here: headers, reading the stream or the message, and saying so when it was not whole. Not here: retries and fallback
(``pipeline``), connections (``http``), the request's body (``anthropic_request``), events to Deltas
(``anthropic_events``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import msgspec

from gonogo.clock import Clock, SystemClock
from gonogo.domain import Delta, ModelRequest
from gonogo.errors import BadInput, ProviderFailed
from gonogo.providers.anthropic_events import MessageReader
from gonogo.providers.anthropic_request import version_for, wire_body
from gonogo.providers.chat_chunks import MalformedChunk
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

_CALL = "/messages"


def messages_url(provider: str, base_url: str) -> str:
    """Where messages are sent to; ``/v1`` may stand at the end of the address or not.

    Raises:
        BadInput: the address cannot be used, or names the call itself.
    """
    base = checked_base_url(provider, base_url)
    if base.endswith(_CALL):
        raise BadInput(f"base_url of provider {provider} names the call itself: leave /v1{_CALL} out, it is added")
    return base.removesuffix("/v1") + "/v1" + _CALL


class AnthropicProvider:
    """One upstream.

    Args:
        name: what the provider is called in ``mission.yaml``.
        base_url: up to, or up to and including, ``/v1``.
        api_key: sent as ``x-api-key``, without blanks around it; empty sends no such header.
        timeouts: seconds, see ``Timeouts``.
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
        clock: Clock | None = None,
    ) -> None:
        self._name = name
        self._url = messages_url(name, base_url)
        self._key = checked_key(name, api_key)
        self._clock = clock or SystemClock()
        self._upstream = Upstream(name, timeouts or Timeouts())

    def __repr__(self) -> str:
        return f"AnthropicProvider({self._name!r}, {self._url!r})"

    @property
    def name(self) -> str:
        return self._name

    async def generate(self, request: ModelRequest) -> AsyncGenerator[Delta, None]:
        """Ask the upstream and yield its Deltas. Closing the iterator closes the connection, which stops the upstream.

        Raises:
            FieldNotCarried: a field of the request has no place in this wire format.
            ProviderFailed: refused, unreachable, too slow, malformed, or ended before its message stopped.
        """
        stream = request.stream
        body = wire_body(request, self._name, stream=stream)
        headers = header_block(self._headers(version_for(body), stream))
        async with self._upstream.post(self._url, headers, msgspec.json.encode(body), stream=stream) as reply:
            if reply.status >= 300:
                raise await self._refusal(reply)
            async with aclosing(self._deltas(reply)) as deltas:
                async for delta in deltas:
                    yield delta

    async def close(self) -> None:
        """Close all connections."""
        await self._upstream.close()

    def _headers(self, version: str, stream: bool) -> dict[str, str]:
        accept = "text/event-stream" if stream else "application/json"
        headers = {"Content-Type": "application/json", "Accept": accept, "User-Agent": "gonogo"}
        headers["anthropic-version"] = version
        return {**headers, "x-api-key": self._key} if self._key else headers

    async def _refusal(self, reply: Reply) -> ProviderFailed:
        body = await reply.body(MAX_ERROR_BYTES)
        return failure(self._name, reply.status, reply.headers, body, now=self._clock.now(), secret=self._key)

    def _deltas(self, reply: Reply) -> AsyncGenerator[Delta, None]:
        """Read what came, whichever of the two forms was asked for."""
        kind = reply.content_type
        if kind == "text/event-stream":
            return self._streamed(reply)
        if kind == "application/json":
            return self._whole(reply)
        raise self._failed(
            f"answered with {kind or 'no content type'} instead of JSON or an event stream: "
            "is base_url in settings right?",
            answering=False,
        )

    async def _streamed(self, reply: Reply) -> AsyncGenerator[Delta, None]:
        parser, reader = SseParser(), MessageReader()
        while piece := await reply.piece():
            for data in self._events(parser, piece):
                before = reader.pieces
                for delta in self._read(reader, data):
                    yield delta
                if reader.pieces > before:  # a ping keeps a line open and is no token
                    reply.token_came()
            if reader.finished:
                await reply.drain()
                return
        raise self._failed(
            f"broke off after {reader.pieces} pieces without a message_stop: what came is not a whole answer",
            retryable=True,
        )

    def _events(self, parser: SseParser, piece: bytes) -> list[str]:
        try:
            return [event.data for event in parser.feed(piece)]
        except EventTooLarge as error:
            raise self._failed(f"cannot be read: {error}") from error

    async def _whole(self, reply: Reply) -> AsyncGenerator[Delta, None]:
        for delta in self._read(MessageReader(), await reply.body(MAX_REPLY_BYTES), whole=True):
            yield delta

    def _read(self, reader: MessageReader, text: str | bytes, *, whole: bool = False) -> list[Delta]:
        try:
            event = msgspec.json.decode(text)
            if isinstance(event, dict) and event.get("type") == "error":
                raise failure_in_stream(self._name, event.get("error"), secret=self._key)
            told: Iterator[Delta] = reader.whole(event) if whole else reader.read(event)
            return list(told)
        except (msgspec.DecodeError, MalformedChunk, RecursionError) as error:
            raise self._failed(f"sent something that is no message: {error}", retryable=True) from error

    def _failed(self, what: str, *, retryable: bool = False, answering: bool = True) -> ProviderFailed:
        failed = ProviderFailed(f"{self._name} {what}", provider=self._name, retryable=retryable)
        failed.answering = answering
        return failed
