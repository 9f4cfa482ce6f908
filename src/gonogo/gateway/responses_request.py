"""Responses request: a body of OpenAI's Responses API in the words of chat completions.

Here: fields of the body, and what is refused because it would need state or has no place. Not here: input items
(``responses_input``), the reply (``responses_reply``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gonogo.domain import Json
from gonogo.errors import RequestInvalid
from gonogo.gateway.body_fields import objects, refuse, refuse_unknown, typed
from gonogo.gateway.responses_input import messages_of

ENCRYPTED = "reasoning.encrypted_content"
LOGPROBS = "message.output_text.logprobs"
_STATE = "gonogo keeps no responses: send the whole conversation in 'input'"
REFUSED: Mapping[str, str] = {
    "previous_response_id": _STATE,
    "conversation": _STATE,
    "background": "gonogo keeps no responses that could be asked for later",
    "store": "gonogo keeps no responses that could be asked for later; leave it out or send false",
    "prompt": "prompts belong to the Mission",
    "context_management": "the conversation is sent as it comes",
    "max_tool_calls": "there are no built-in tools that it could bound",
    "n": "a response has one answer",
}
RENAMED: Mapping[str, str] = {
    "max_completion_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning.effort",
    "verbosity": "text.verbosity",
    "response_format": "text.format",
    "messages": "input",
    "logprobs": "include",
}
"""What chat completions call a field that has another name here."""
_TAKEN = frozenset(
    {"input", "instructions", "reasoning", "text", "tools", "tool_choice", "include", "max_output_tokens", "truncation"}
)
_TOOL = frozenset({"type", "name", "description", "parameters", "strict"})


def chat_fields(fields: Json) -> Json:
    """The body of a chat completion that asks the same. Fields that both know by one name, and those neither knows,
    stay as they are.

    Raises:
        RequestInvalid: a field is of the wrong type, needs state, or cannot be carried; ``param`` names it.
    """
    refuse(fields, REFUSED)
    if fields.get("truncation") not in (None, "disabled"):
        raise RequestInvalid("'truncation' must be disabled: the conversation is sent as it comes", param="truncation")
    chat = {name: value for name, value in fields.items() if name not in _TAKEN and name not in REFUSED}
    chat["messages"] = messages_of(fields)
    chat["stream_options"] = _stream_options(fields)
    if (most := typed(fields, "max_output_tokens", "a whole number")) is not None:
        chat["max_completion_tokens"] = most
    chat |= _included(fields) | _reasoning(fields) | _text(fields)
    if tools := [_tool(tool, f"tools.{at}.") for at, tool in enumerate(objects(fields, "tools"))]:
        chat["tools"] = tools
    if (choice := fields.get("tool_choice")) is not None:
        chat["tool_choice"] = _tool_choice(choice)
    return chat


def _stream_options(fields: Json) -> Json:
    options = typed(fields, "stream_options", "an object") or {}
    refuse(options, {"include_obfuscation": "events are sent as they are"}, "stream_options.")
    return {name: value for name, value in options.items() if name != "include_obfuscation"}


def _included(fields: Json) -> Json:
    for wanted in typed(fields, "include", "a list") or []:
        if wanted not in (ENCRYPTED, LOGPROBS):
            raise RequestInvalid(f"'include' cannot give {wanted!r}: there are no built-in tools here", param="include")
    return {"logprobs": True} if LOGPROBS in (fields.get("include") or ()) else {}


def _reasoning(fields: Json) -> Json:
    reasoning = typed(fields, "reasoning", "an object") or {}
    for name in ("summary", "generate_summary"):
        if reasoning.get(name) not in (None, "auto"):
            raise RequestInvalid(
                f"'reasoning.{name}' must be auto: reasoning is told whole where a model tells it",
                param=f"reasoning.{name}",
            )
    refuse_unknown(reasoning, {"effort", "summary", "generate_summary"}, "reasoning.")
    effort = typed(reasoning, "effort", "text", "reasoning.")
    return {} if effort is None else {"reasoning_effort": effort}


def _text(fields: Json) -> Json:
    text = typed(fields, "text", "an object") or {}
    refuse_unknown(text, {"format", "verbosity"}, "text.")
    chat: Json = {}
    if (verbosity := typed(text, "verbosity", "text", "text.")) is not None:
        chat["verbosity"] = verbosity
    form = typed(text, "format", "an object", "text.")
    if form is None or form.get("type") == "text":
        return chat
    if form.get("type") != "json_schema":
        return {**chat, "response_format": form}
    return {
        **chat,
        "response_format": {
            "type": "json_schema",
            "json_schema": {name: value for name, value in form.items() if name != "type"},
        },
    }


def _tool(tool: Json, where: str) -> Json:
    if tool.get("type") != "function":
        raise RequestInvalid(
            f"tools of type {tool.get('type')!r} are not served here: only functions are", param=f"{where}type"
        )
    refuse_unknown(tool, _TOOL, where)
    function = {name: tool[name] for name in _TOOL - {"type"} if tool.get(name) is not None}
    return {"type": "function", "function": function}


def _tool_choice(choice: Any) -> Any:
    if isinstance(choice, str):
        return choice
    kind = choice.get("type") if isinstance(choice, dict) else None
    if kind == "function":
        return {"type": "function", "function": {"name": choice.get("name")}}
    if kind == "allowed_tools":
        tools = [_tool_choice(tool) for tool in objects(choice, "tools", "tool_choice.")]
        return {"type": "allowed_tools", "allowed_tools": {"mode": choice.get("mode"), "tools": tools}}
    raise RequestInvalid("'tool_choice' must be none, auto, required, a function or allowed_tools", param="tool_choice")
