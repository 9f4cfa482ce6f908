"""Messages: ``POST /v1/messages``, Anthropic's wire format.

Here: a message's body in, its reply or stream out, errors in Anthropic's words. Not here: the path between them
(``answering``), which field goes where (``messages_request``), the shapes of a reply (``messages_reply``).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import msgspec
from msgspec import structs

from gonogo.assembly.serving import Serving
from gonogo.contracts import HttpReply, HttpRequest
from gonogo.domain import Delta, Json, Usage
from gonogo.errors import NotFound, RequestInvalid
from gonogo.gateway.answering import Answering, ReplyHead, UsageReading
from gonogo.gateway.body_fields import decode_object, in_words_of, not_carried_in_words_of
from gonogo.gateway.chat_request import arrived
from gonogo.gateway.faults import error_reply, status_of, told
from gonogo.gateway.messages_reply import MessageTelling
from gonogo.gateway.messages_request import RENAMED, chat_fields

API_VERSIONS = ("2023-06-01", "2026-10-21")
"""Both are answered alike: what the later one took away (temperature, top_p, top_k) is the Mission's to allow here."""
_TYPES = {401: "authentication_error", 402: "billing_error", 403: "permission_error", 404: "not_found_error",
          413: "request_too_large", 429: "rate_limit_error", 503: "overloaded_error"}  # fmt: skip


class Messages:
    """The handler; one for the life of a server."""

    def __init__(self, serving: Serving, *, max_messages: int) -> None:
        self._serving, self._max_messages = serving, max_messages
        self._answering = Answering(serving)

    async def __call__(self, http: HttpRequest) -> HttpReply:
        """Answer a message request.

        Raises:
            GonogoError: the request was refused before any step ran; the adapter phrases it.
        """
        wanted = http.headers.get("anthropic-version", API_VERSIONS[0])
        if wanted not in API_VERSIONS:
            raise RequestInvalid(f"anthropic-version {wanted!r} is not spoken here: send {' or '.join(API_VERSIONS)}")
        fields = decode_object(http.body)
        asked = chat_fields(fields)
        try:
            chat = arrived(http, asked, self._serving.clock, max_messages=self._max_messages)
            # This wire format makes every client send a limit: it cannot be the reason for a refusal.
            request = structs.replace(chat.request, obliged=("max_tokens",))
            phrasing = _Message(MessageTelling(_stops(fields)))
            return await self._answering.answer(chat.model, request, http.caller, phrasing)
        except RequestInvalid as error:
            raise in_words_of(RENAMED, error) from error


async def count_tokens(http: HttpRequest) -> HttpReply:
    """``POST /v1/messages/count_tokens``.

    Raises:
        NotFound: always: only the model that will answer knows, and a Mission adds its prompt and documents.
    """
    raise NotFound("tokens are not counted beforehand here: the usage of an answer says how many it took")


def message_error(error: Exception) -> HttpReply:
    """An error as Anthropic's SDKs read it."""
    reply = error_reply(error)
    return structs.replace(reply, body=_error_body(error))


def message_error_event(error: Exception) -> bytes:
    """The same in the middle of a stream; no ``message_stop`` follows it."""
    return b"event: error\ndata: " + _error_body(error) + b"\n\n"


class _Message:
    """Messages as a Phrasing."""

    def __init__(self, telling: MessageTelling) -> None:
        self._telling = telling

    def whole(self, head: ReplyHead, deltas: Sequence[Delta], usage: Usage) -> bytes:
        return self._telling.whole(head, deltas, usage)

    def events(self, head: ReplyHead, deltas: AsyncIterator[Delta], usage: UsageReading) -> AsyncGenerator[bytes, None]:
        return self._telling.events(head, deltas, usage)

    def error(self, error: Exception) -> HttpReply:
        return message_error(not_carried_in_words_of(RENAMED, error))

    def error_event(self, error: Exception) -> bytes:
        return message_error_event(error)


def _error_body(error: Exception) -> bytes:
    fault, status = told(error), status_of(error)
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    body = {"type": kind, "message": fault["message"], "param": fault["param"], "code": fault["code"]}
    return msgspec.json.encode({"type": "error", "error": {**body, "blame": fault["blame"]}})


def _stops(fields: Json) -> Sequence[str]:
    stops = fields.get("stop_sequences") or ()
    return (stops,) if isinstance(stops, str) else stops
