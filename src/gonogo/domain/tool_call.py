"""Calls of tools as models write them: name and arguments.

Here: reading one call. Not here: answering it (``evaluation.conversation``), judging it (``metrics``).
"""

from __future__ import annotations

import json

from gonogo.domain.mission import Json

ToolCall = tuple[str, Json]
"""(name, arguments)"""


def tool_call(call: Json) -> ToolCall:
    """Name and arguments of a call, in OpenAI's form or flat; arguments that are no JSON object count as none."""
    function = call.get("function")
    body = function if isinstance(function, dict) else call
    arguments = body.get("arguments")
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            arguments = {}
    return str(body.get("name", "")), arguments if isinstance(arguments, dict) else {}


def has_arguments(given: Json, wanted: Json) -> bool:
    """Whether a call was made with at least these arguments."""
    return all(key in given and given[key] == value for key, value in wanted.items())
