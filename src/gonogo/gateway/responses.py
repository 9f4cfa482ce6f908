"""Responses: ``POST /v1/responses``, without state.

Here: a response's body in, its reply or stream out. Not here: the path between them (``answering``), which field goes
where (``responses_request``), the shapes of a reply (``responses_reply``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.domain import Delta, Usage
from gonogo.errors import RequestInvalid
from gonogo.gateway.answering import Answering, ReplyHead, UsageReading
from gonogo.gateway.body_fields import decode_object, in_words_of, not_carried_in_words_of
from gonogo.gateway.chat_request import arrived
from gonogo.gateway.faults import error_reply, told
from gonogo.gateway.responses_reply import ResponseTelling
from gonogo.gateway.responses_request import ENCRYPTED, RENAMED, chat_fields


class Responses:
    """The handler; one for the life of a server."""

    def __init__(self, serving: Serving, *, max_messages: int) -> None:
        self._serving, self._max_messages = serving, max_messages
        self._answering = Answering(serving)

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """Answer a response request.

        Raises:
            GonogoError: the request was refused before any step ran; the adapter phrases it.
        """
        fields = decode_object(http.body)
        asked = chat_fields(fields)
        phrasing = _Response(ResponseTelling(fields, signed=ENCRYPTED in (fields.get("include") or ())))
        try:
            chat = arrived(http, asked, self._serving.clock, max_messages=self._max_messages)
            return await self._answering.answer(chat.model, chat.request, http.caller, phrasing)
        except RequestInvalid as error:
            raise in_words_of(RENAMED, error) from error


class _Response:
    """Responses as a Phrasing."""

    def __init__(self, telling: ResponseTelling) -> None:
        self._telling = telling

    def whole(self, head: ReplyHead, deltas: Sequence[Delta], usage: Usage) -> bytes:
        return self._telling.whole(head, deltas, usage)

    def events(self, head: ReplyHead, deltas: AsyncIterator[Delta], usage: UsageReading) -> AsyncGenerator[bytes, None]:
        return self._telling.events(head, deltas, usage)

    def error(self, error: Exception) -> HttpReply:
        return error_reply(not_carried_in_words_of(RENAMED, error))

    def error_event(self, error: Exception) -> bytes:
        fault = told(error)
        return self._telling.failed(fault["code"] or fault["type"], fault["message"], fault["param"])
