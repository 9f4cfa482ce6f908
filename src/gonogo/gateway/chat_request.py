"""Chat request: an OpenAI body becomes a Request.

Here: which field goes where, and clear refusals. Not here: the Mission's own rules (``pipeline.admission``), the reply
(``chat_reply``).
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from gonogo.contracts import Caller
from gonogo.domain import Json, Request
from gonogo.errors import RequestInvalid, RequestTooLarge

PARAMETERS = frozenset(
    {
        "temperature", "top_p", "n", "max_tokens", "max_completion_tokens", "stop", "seed", "presence_penalty",
        "frequency_penalty", "logit_bias", "logprobs", "top_logprobs", "reasoning_effort", "verbosity", "top_k",
        "min_p",
    }
)  # fmt: skip
"""Fields that steer generation: the Mission decides which of them a client may set."""
OURS = frozenset({"model", "messages", "stream", "stream_options", "tools", "response_format", "user", "metadata"})
ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


class ChatRequest(Struct, frozen=True, kw_only=True):
    """The parsed body: ``model`` as the client wrote it, the Request, and whether a usage chunk was asked for."""

    model: str
    request: Request
    include_usage: bool


def decode_object(body: bytes) -> Json:
    """A JSON object.

    Raises:
        RequestInvalid: not JSON, not an object, or nested too deeply.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestInvalid(f"the body is not JSON: {error}", code="invalid_json") from error
    except RecursionError as error:
        raise RequestInvalid("the body is nested too deeply", code="invalid_json") from error
    if not isinstance(value, dict):
        raise RequestInvalid("the body must be a JSON object", code="invalid_json")
    return value


def parse_chat(
    body: bytes, *, request_id: str, received_at: float, caller: Caller, session: str, max_messages: int
) -> ChatRequest:
    """Read a chat completion body.

    Raises:
        RequestInvalid: a required field is missing or of the wrong type; ``param`` names it.
        RequestTooLarge: more messages than ``max_messages``.
    """
    fields = decode_object(body)
    model = fields.get("model")
    if not isinstance(model, str) or not model:
        raise RequestInvalid('\'model\' must name a Mission, such as "support" or "support:staging"', param="model")
    messages = _messages(fields.get("messages"), max_messages)
    options = _typed(fields, "stream_options", dict) or {}
    metadata = _typed(fields, "metadata", dict) or {}
    request = Request(
        id=request_id,
        question=question_of(messages),
        messages=messages,
        received_at=received_at,
        parameters={name: value for name, value in fields.items() if name in PARAMETERS and value is not None},
        extra={name: value for name, value in fields.items() if name not in PARAMETERS and name not in OURS},
        tools=tuple(_typed(fields, "tools", list) or ()),
        response_format=_typed(fields, "response_format", dict),
        stream=bool(fields.get("stream")),
        tenant=caller.tenant,
        key_id=caller.key_id,
        user=str(_typed(fields, "user", str) or ""),
        session=session or str(metadata.get("session_id") or ""),
    )
    return ChatRequest(model=model, request=request, include_usage=bool(options.get("include_usage")))


def question_of(messages: tuple[Json, ...]) -> str:
    """The text of the last user message; text parts are joined, other parts carry no words."""
    for message in reversed(messages):
        if message.get("role") != "user":
            continue
        content = message.get("content")
        if isinstance(content, str):
            return content
        parts = content if isinstance(content, list) else []
        return "\n".join(part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str))
    return ""


def _messages(value: Any, most: int) -> tuple[Json, ...]:
    if not isinstance(value, list) or not value:
        raise RequestInvalid("'messages' must be a list with at least one message", param="messages")
    if len(value) > most:
        raise RequestTooLarge(f"{len(value)} messages, at most {most} are taken", param="messages")
    for position, message in enumerate(value):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            known = ", ".join(sorted(ROLES))
            raise RequestInvalid(f"a message needs a 'role' of {known}", param=f"messages.{position}.role")
        content = message.get("content")
        if content is not None and not isinstance(content, str | list):
            raise RequestInvalid("'content' must be text or a list of parts", param=f"messages.{position}.content")
    return tuple(value)


def _typed(fields: Json, name: str, kind: type) -> Any:
    value = fields.get(name)
    if value is not None and not isinstance(value, kind):
        wanted = {dict: "an object", list: "a list", str: "text"}[kind]
        raise RequestInvalid(f"'{name}' must be {wanted}", param=name)
    return value
