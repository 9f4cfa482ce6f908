"""Messages request: a body of Anthropic's Messages API in the words of chat completions.

Here: fields of the body, and what is refused because it has no place. Not here: messages and their blocks
(``messages_input``), the reply (``messages_reply``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gonogo.domain import Json
from gonogo.domain.request import CACHE_MARK
from gonogo.errors import RequestInvalid
from gonogo.gateway.body_fields import objects, refuse, refuse_unknown, typed
from gonogo.gateway.messages_input import messages_of

REFUSED: Mapping[str, str] = {
    "container": "there are no tools here that would run in one",
    "mcp_servers": "tools belong to the Mission, or are functions of the client",
    "context_management": "the conversation is sent as it comes",
    "n": "a message has one answer",
}
RENAMED: Mapping[str, str] = {
    "stop": "stop_sequences",
    "reasoning_effort": "output_config.effort",
    "response_format": "output_config.format",
    "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
}
"""What chat completions call a field that has another name here."""
_TAKEN = frozenset({"messages", "system", "stop_sequences", "tools", "tool_choice", "metadata", "output_config",
                    "output_format", "max_tokens"})  # fmt: skip
_TOOL = frozenset({"type", "name", "description", "input_schema", "strict", "cache_control"})
_CHOICES: Mapping[str, str] = {"auto": "auto", "any": "required", "none": "none"}


def chat_fields(fields: Json) -> Json:
    """The body of a chat completion that asks the same. Fields that both know by one name, and those neither knows,
    stay as they are.

    Raises:
        RequestInvalid: a field is missing, of the wrong type, or cannot be carried; ``param`` names it.
    """
    most = typed(fields, "max_tokens", "a whole number")
    if most is None or most < 1:
        raise RequestInvalid("'max_tokens' is required: a whole number from 1 up", param="max_tokens")
    refuse(fields, REFUSED)
    chat = {name: value for name, value in fields.items() if name not in _TAKEN and name not in REFUSED}
    chat |= {"max_tokens": most, "messages": messages_of(fields)}
    if (stop := typed(fields, "stop_sequences", "text or a list of texts")) is not None:
        chat["stop"] = stop
    if metadata := typed(fields, "metadata", "an object"):
        chat["metadata"] = metadata
        chat["user"] = typed(metadata, "user_id", "text", "metadata.")
    chat |= _output(fields) | _tool_choice(fields)
    if tools := [_tool(tool, f"tools.{at}.") for at, tool in enumerate(objects(fields, "tools"))]:
        chat["tools"] = tools
    return chat


def _output(fields: Json) -> Json:
    config = typed(fields, "output_config", "an object") or {}
    refuse_unknown(config, {"effort", "format"}, "output_config.")
    chat: Json = {}
    if (effort := typed(config, "effort", "text", "output_config.")) is not None:
        chat["reasoning_effort"] = effort
    form = typed(config, "format", "an object", "output_config.") or typed(fields, "output_format", "an object")
    if form is not None:
        if form.get("type") != "json_schema" or not isinstance(form.get("schema"), dict):
            raise RequestInvalid("a format must be a json_schema with its 'schema'", param="output_config.format")
        refuse_unknown(form, {"type", "schema"}, "output_config.format.")
        schema = {"name": "answer", "schema": form["schema"], "strict": True}
        chat["response_format"] = {"type": "json_schema", "json_schema": schema}
    return chat


def _tool_choice(fields: Json) -> Json:
    choice = typed(fields, "tool_choice", "an object")
    if choice is None:
        return {}
    refuse_unknown(choice, {"type", "name", "disable_parallel_tool_use"}, "tool_choice.")
    kind = choice.get("type")
    told: Any
    if kind == "tool":
        told = {"type": "function", "function": {"name": typed(choice, "name", "text", "tool_choice.")}}
    elif isinstance(kind, str) and kind in _CHOICES:
        told = _CHOICES[kind]
    else:
        raise RequestInvalid("'tool_choice' needs a 'type' of auto, any, none or tool", param="tool_choice.type")
    single = choice.get("disable_parallel_tool_use") is True
    return {"tool_choice": told, **({"parallel_tool_calls": False} if single else {})}


def _tool(tool: Json, where: str) -> Json:
    if tool.get("type") not in (None, "custom"):
        raise RequestInvalid(f"tools of type {tool['type']!r} are not served here: only a client's own are",
                             param=f"{where}type")  # fmt: skip
    refuse_unknown(tool, _TOOL, where)
    for name in ("name", "input_schema"):
        if not tool.get(name):
            raise RequestInvalid(f"a tool needs its '{name}'", param=f"{where}{name}")
    function = {name: tool[name] for name in ("name", "description", "strict") if tool.get(name) is not None}
    told: Json = {"type": "function", "function": {**function, "parameters": tool["input_schema"]}}
    if tool.get("cache_control"):
        told[CACHE_MARK] = tool["cache_control"]
    return told
