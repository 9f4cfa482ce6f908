"""Chat request: an OpenAI body becomes a Request.

Here: which field goes where, and clear refusals. Not here: the Mission's own rules (``pipeline.admission``), the reply
(``chat_reply``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from gonogo.clock import Clock, new_id
from gonogo.contracts import Caller, HttpRequest
from gonogo.domain import Json, Request
from gonogo.errors import RequestInvalid, RequestTooLarge
from gonogo.gateway.body_fields import EXACTLY, Kind, decode_object, is_of, objects
from gonogo.gateway.extras import NOTHING

PARAMETERS: Mapping[str, Kind] = {
    "temperature": "a number",
    "top_p": "a number",
    "n": "a whole number",
    "max_tokens": "a whole number",
    "max_completion_tokens": "a whole number",
    "stop": "text or a list of texts",
    "seed": "a whole number",
    "presence_penalty": "a number",
    "frequency_penalty": "a number",
    "logit_bias": "an object",
    "logprobs": "true or false",
    "top_logprobs": "a whole number",
    "reasoning_effort": "text",
    "verbosity": "text",
    "top_k": "a whole number",
    "min_p": "a number",
    "store": "true or false",
}
"""Fields that steer generation, with their types: the Mission decides which of them a client may set. ``store`` is one
of them: whether a vendor keeps the Mission's prompts is not for a client to say."""
OURS: Mapping[str, Kind] = {
    "stream": "true or false",
    "stream_options": "an object",
    "tools": "a list",
    "response_format": "an object",
    "user": "text",
    "metadata": "an object",
}
"""Fields that say something else, with their types."""
_READ_FIRST = frozenset({"model", "messages"})
ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


class ChatRequest(Struct, frozen=True, kw_only=True):
    """The parsed body: ``model`` as the client wrote it, the Request, and whether a usage chunk was asked for."""

    model: str
    request: Request
    include_usage: bool


def parse_chat(
    body: bytes, *, request_id: str, received_at: float, caller: Caller, session: str, max_messages: int
) -> ChatRequest:
    """Read a chat completion body.

    Raises:
        RequestInvalid: a required field is missing or of the wrong type; ``param`` names it.
        RequestTooLarge: more messages than ``max_messages``.
    """
    return read_chat(
        decode_object(body),
        request_id=request_id,
        received_at=received_at,
        caller=caller,
        session=session,
        max_messages=max_messages,
    )


def read_chat(
    fields: Json, *, request_id: str, received_at: float, caller: Caller, session: str, max_messages: int
) -> ChatRequest:
    """The same of a decoded body: other wire formats are put into these words first.

    Raises:
        RequestInvalid: as ``parse_chat``.
        RequestTooLarge: as ``parse_chat``.
    """
    model = fields.get("model")
    if not isinstance(model, str) or not model:
        raise RequestInvalid('\'model\' must name a Mission, such as "support" or "support:staging"', param="model")
    messages = _messages(fields.get("messages"), max_messages)
    parameters, ours, extra = _sorted(fields)
    options, metadata = ours.get("stream_options", NOTHING), ours.get("metadata", NOTHING)
    request = Request(
        id=request_id,
        question=question_of(messages),
        messages=messages,
        received_at=received_at,
        parameters=parameters,
        extra=extra,
        metadata=metadata,
        tools=objects(ours, "tools") if "tools" in ours else (),
        response_format=ours.get("response_format"),
        stream=ours.get("stream", False),
        tenant=caller.tenant,
        key_id=caller.key_id,
        user=ours.get("user", ""),
        session=session or (str(metadata.get("session_id") or "") if metadata else ""),
    )
    return ChatRequest(model=model, request=request, include_usage=options.get("include_usage") is True)


def arrived(http: HttpRequest, fields: Json, clock: Clock, *, max_messages: int) -> ChatRequest:
    """What an HTTP request asks in the words of chat completions, with an id of its own.

    Raises:
        RequestInvalid: as ``parse_chat``.
        RequestTooLarge: as ``parse_chat``.
    """
    now = clock.now()
    return read_chat(
        fields,
        request_id=new_id(now),
        received_at=now,
        caller=http.caller,
        session=http.headers.get("x-session-id", ""),
        max_messages=max_messages,
    )


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
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in ROLES:
            known = ", ".join(sorted(ROLES))
            raise RequestInvalid(f"a message needs a 'role' of {known}", param=f"messages.{position}.role")
        content = message.get("content")
        if content is not None and type(content) is not str:
            if not isinstance(content, list):
                raise RequestInvalid("'content' must be text or a list of parts", param=f"messages.{position}.content")
            objects(message, "content", f"messages.{position}.")
        if "tool_calls" in message:
            objects(message, "tool_calls", f"messages.{position}.")
    return tuple(value)


def _sorted(fields: Json) -> tuple[Json, Json, Json]:
    """Parameters, fields of ``OURS``, and what goes to the model as it came; without those that are null."""
    parameters, ours, extra = dict[str, Any](), dict[str, Any](), dict[str, Any]()
    for name, value in fields.items():
        if name in PARAMETERS:
            kind, place = PARAMETERS[name], parameters
        elif name in OURS:
            kind, place = OURS[name], ours
        else:
            if name not in _READ_FIRST:
                extra[name] = value
            continue
        if value is None:
            continue
        if type(value) not in EXACTLY[kind] and not is_of(value, kind):
            raise RequestInvalid(f"'{name}' must be {kind}", param=name)
        place[name] = value
    if "store" in parameters and parameters["store"] is False:
        extra["store"] = parameters.pop("store")  # everybody may say that nothing is to be kept
    options = ours.get("stream_options", NOTHING)
    if options and (others := {name: value for name, value in options.items() if name != "include_usage"}):
        extra["stream_options"] = others
    return parameters, ours, extra
