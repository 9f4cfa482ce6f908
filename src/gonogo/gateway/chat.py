"""Chat: ``POST /v1/chat/completions``.

Here: a chat completion's body in, its reply or stream out. Not here: the path between them (``answering``), which
field goes where (``chat_request``), the shapes of a reply (``chat_reply``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.domain import Delta, Usage
from gonogo.gateway.answering import Answering, ReplyHead, UsageReading
from gonogo.gateway.body_fields import decode_object
from gonogo.gateway.chat_reply import completion, events
from gonogo.gateway.chat_request import arrived
from gonogo.gateway.faults import error_body, error_event, error_reply


class ChatCompletions:
    """The handler; one for the life of a server."""

    def __init__(self, serving: Serving, *, max_messages: int) -> None:
        self._serving, self._max_messages = serving, max_messages
        self._answering = Answering(serving)

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """Answer a chat completion.

        Raises:
            GonogoError: the request was refused before any step ran; the adapter phrases it.
        """
        fields = decode_object(http.body)
        chat = arrived(http, fields, self._serving.clock, max_messages=self._max_messages)
        return await self._answering.answer(chat.model, chat.request, http.caller, _Chat(chat.include_usage))


class _Chat:
    """Chat completions as a Phrasing."""

    def __init__(self, include_usage: bool) -> None:
        self._include_usage = include_usage

    def whole(self, head: ReplyHead, deltas: Sequence[Delta], usage: Usage) -> bytes:
        return completion(head, deltas, usage)

    def events(self, head: ReplyHead, deltas: AsyncIterator[Delta], usage: UsageReading) -> AsyncGenerator[bytes, None]:
        return events(head, deltas, usage, self._include_usage)

    def error(self, error: Exception) -> HttpReply:
        return error_reply(error)

    def error_event(self, error: Exception) -> bytes:
        return error_event(error_body(error))
