"""Anthropic request: a ModelRequest as a body of Anthropic's Messages API.

Here: parameters, tools, and what has no place there, refused by its name. Not here: messages and their blocks
(``anthropic_messages``), HTTP (``anthropic``).

Formats: platform.claude.com/docs/en/api/messages and .../api/migration-2026-10-21.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gonogo.domain import Json, ModelRequest
from gonogo.providers.anthropic_messages import Carrying, conversation, marked

MOST_TOKENS = 4096
"""``max_tokens`` where neither client nor Mission says one: the wire format wants one, and every model takes this."""
OLD_VERSION, NEW_VERSION = "2023-06-01", "2026-10-21"
SAMPLING = ("temperature", "top_p", "top_k")
"""Parameters that only the older version of the interface takes."""
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_TIERS: Mapping[str, str] = {"auto": "auto", "default": "standard_only", "standard_only": "standard_only"}
_CHOICES: Mapping[str, str] = {"auto": "auto", "required": "any", "none": "none"}
_WITHOUT_EFFECT: Mapping[str, tuple[Any, ...]] = {
    "n": (1,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "presence_penalty": (0,),
    "frequency_penalty": (0,),
    "logit_bias": ({},),
    "store": (False,),
    "modalities": (["text"],),
    "stream_options": ({"include_obfuscation": False}, {}),
}
"""Values of fields without a place that ask for nothing; other values of them are refused."""
_NO_PLACE = frozenset({*_WITHOUT_EFFECT, "seed", "min_p", "verbosity", "audio", "prediction", "functions",
                       "function_call", "web_search_options", "moderation"})  # fmt: skip
_HINTS = frozenset({"prompt_cache_key", "prompt_cache_retention", "prompt_cache_options"})
"""Where OpenAI should keep a prompt; no answer depends on it."""
_TRANSLATED = frozenset({"max_tokens", "max_completion_tokens", "stop", "reasoning_effort", "tool_choice", "user",
                         "parallel_tool_calls", "metadata", "safety_identifier", "service_tier"})  # fmt: skip


def version_for(body: Json) -> str:
    """The version of the interface that takes this body: the later one no longer takes what steers sampling."""
    return OLD_VERSION if any(name in body for name in SAMPLING) else NEW_VERSION


def wire_body(request: ModelRequest, provider: str, *, stream: bool) -> Json:
    """The JSON body. Fields that nobody here knows go as they are: to take or refuse them is the upstream's.

    Raises:
        FieldNotCarried: a field of chat completions that the Messages API has no place for.
    """
    carrying = Carrying(provider)
    asked = {**request.extra, **request.parameters}
    _refuse(asked, carrying)
    known = _NO_PLACE | _HINTS | _TRANSLATED
    body: Json = {name: value for name, value in asked.items() if name not in known}
    system, messages = conversation(request.messages, carrying)
    body |= {"model": request.model, "messages": messages, "max_tokens": _limit(asked)}
    body |= {"system": system} if system else {}
    if (stop := asked.get("stop")) is not None:
        body["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    if request.tools:
        body["tools"] = [_tool(tool, f"tools.{at}", carrying) for at, tool in enumerate(request.tools)]
    body |= _tool_choice(asked, carrying, with_tools=bool(request.tools)) | _who(asked, carrying)
    body |= _output(body, asked, request.response_format, carrying)
    if (tier := asked.get("service_tier")) is not None:
        known_tier = isinstance(tier, str) and tier in _TIERS
        body["service_tier"] = _TIERS[tier] if known_tier else carrying.refuse("service_tier")
    return {**body, "stream": stream}


def _refuse(asked: Json, carrying: Carrying) -> None:
    for name, value in asked.items():
        if name in _NO_PLACE and value is not None and value not in _WITHOUT_EFFECT.get(name, ()):
            carrying.refuse(name)


def _limit(asked: Json) -> Any:
    limits = [asked[name] for name in ("max_tokens", "max_completion_tokens") if asked.get(name) is not None]
    return min(limits, default=MOST_TOKENS)


def _output(body: Json, asked: Json, form: Json | None, carrying: Carrying) -> Json:
    """``output_config``: effort and format; what the client or Mission wrote there itself stays."""
    config: Json = {**carrying.object_in(body, "output_config")}
    if (effort := asked.get("reasoning_effort")) is not None:
        config["effort"] = effort if effort in _EFFORTS else carrying.refuse("reasoning_effort")
    kind = (form or {}).get("type", "text")
    if form is not None and kind == "json_schema":
        schema = carrying.object_in(form, "json_schema", "response_format.").get("schema")
        config["format"] = {"type": "json_schema", "schema": schema or carrying.refuse("response_format.json_schema")}
    elif kind != "text":
        carrying.refuse("response_format.type")
    return {"output_config": config} if config else {}


def _tool_choice(asked: Json, carrying: Carrying, *, with_tools: bool) -> Json:
    choice, single = asked.get("tool_choice"), asked.get("parallel_tool_calls") is False
    if choice is None:
        told: Json = {"type": "auto"} if single and with_tools else {}
    elif isinstance(choice, str) and choice in _CHOICES:
        told = {"type": _CHOICES[choice]}
    elif isinstance(choice, dict) and choice.get("type") == "function":
        told = {"type": "tool", "name": carrying.object_in(choice, "function", "tool_choice.").get("name")}
    else:
        carrying.refuse("tool_choice")
    if told and single and told["type"] != "none":
        told["disable_parallel_tool_use"] = True
    return {"tool_choice": told} if told else {}


def _who(asked: Json, carrying: Carrying) -> Json:
    metadata = carrying.object_in(asked, "metadata")
    for name in metadata:
        if name != "user_id":
            carrying.refuse(f"metadata.{name}")
    user = metadata.get("user_id") or asked.get("safety_identifier") or asked.get("user")
    return {"metadata": {"user_id": user}} if user else {}


def _tool(tool: Json, where: str, carrying: Carrying) -> Json:
    function = tool.get("function")
    if tool.get("type") != "function" or not isinstance(function, dict):
        carrying.refuse(f"{where}.type")
    told = {name: value for name, value in function.items() if name != "parameters" and value is not None}
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    return {**told, "input_schema": schema, **marked(tool)}
