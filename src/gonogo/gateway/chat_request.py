"""Chat request: an OpenAI body becomes a Request.

Here: which field goes where, and clear refusals. Not here: the Mission's own rules (``pipeline.admission``), the reply
(``chat_reply``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from gonogo.contracts import Caller
from gonogo.domain import Json, Request
from gonogo.errors import RequestInvalid, RequestTooLarge

Kind = Literal["a number", "a whole number", "text", "true or false", "an object", "a list", "text or a list of texts"]
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
OURS = frozenset({"model", "messages", "stream", "stream_options", "tools", "response_format", "user", "metadata"})
DEEPEST = 100
"""Levels of nesting taken: deeper than any tool's schema, and far from what a recursive reader can bear."""
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
    if body.count(b"[") + body.count(b"{") > DEEPEST and _deeper_than(DEEPEST, value):
        raise RequestInvalid(f"the body is nested more than {DEEPEST} deep", code="invalid_json")
    return value


def _deeper_than(most: int, value: Any) -> bool:
    level: list[Any] = [value]
    for _ in range(most + 1):
        inner = [list(one.values()) if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        if not inner:
            return False
        level = [one for values in inner for one in values]
    return True


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
    options = _typed(fields, "stream_options", "an object") or {}
    metadata = _typed(fields, "metadata", "an object") or {}
    request = Request(
        id=request_id,
        question=question_of(messages),
        messages=messages,
        received_at=received_at,
        parameters=_parameters(fields),
        extra=_passed_on(fields, options),
        metadata=metadata,
        tools=_objects(fields, "tools"),
        response_format=_typed(fields, "response_format", "an object"),
        stream=_typed(fields, "stream", "true or false") or False,
        tenant=caller.tenant,
        key_id=caller.key_id,
        user=_typed(fields, "user", "text") or "",
        session=session or str(metadata.get("session_id") or ""),
    )
    return ChatRequest(model=model, request=request, include_usage=options.get("include_usage") is True)


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
        _check_message(message, f"messages.{position}")
    return tuple(value)


def _check_message(message: Json, where: str) -> None:
    content = message.get("content")
    if content is not None and not isinstance(content, str | list):
        raise RequestInvalid("'content' must be text or a list of parts", param=f"{where}.content")
    if isinstance(content, list):
        _objects(message, "content", f"{where}.")
    _objects(message, "tool_calls", f"{where}.")


def _parameters(fields: Json) -> Json:
    found = {name: _typed(fields, name, PARAMETERS[name]) for name in fields if name in PARAMETERS}
    # Everybody may say that nothing is to be kept.
    return {name: value for name, value in found.items() if value is not None and (name, value) != ("store", False)}


def _passed_on(fields: Json, stream_options: Json) -> Json:
    """What goes to the model as it came."""
    extra = {name: value for name, value in fields.items() if name not in PARAMETERS and name not in OURS}
    if fields.get("store") is False:
        extra["store"] = False
    if options := {name: value for name, value in stream_options.items() if name != "include_usage"}:
        extra["stream_options"] = options
    return extra


def _objects(fields: Json, name: str, where: str = "") -> tuple[Json, ...]:
    values = _typed(fields, name, "a list", where) or []
    for position, value in enumerate(values):
        if not isinstance(value, dict):
            raise RequestInvalid(f"'{name}' must be a list of objects", param=f"{where}{name}.{position}")
    return tuple(values)


def _typed(fields: Json, name: str, kind: Kind, where: str = "") -> Any:
    value = fields.get(name)
    if value is not None and not _is(value, kind):
        raise RequestInvalid(f"'{name}' must be {kind}", param=f"{where}{name}")
    return value


def _is(value: Any, kind: Kind) -> bool:
    if isinstance(value, bool):
        return kind == "true or false"
    if kind == "text or a list of texts":
        return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
    types: dict[Kind, type | tuple[type, ...]] = {
        "a number": (int, float),
        "a whole number": int,
        "text": str,
        "an object": dict,
        "a list": list,
    }
    return kind in types and isinstance(value, types[kind])
