"""The process that runs one Python file of a Mission: calls come in as lines of JSON, replies go out as such.

Here: a program, started by ``python_files``; it imports nothing of gonogo. Not here: what a reply means.
What the file prints goes to standard error, so that it cannot be taken for a reply.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any


def main() -> None:
    """Read {code, file, function}, then {output, context} until the end; write {result} or {error} for each."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    asked = json.loads(sys.stdin.readline())
    names: dict[str, Any] = {"__name__": "gonogo_assertion", "__file__": asked["file"]}
    problem = ""
    try:
        exec(compile(asked["code"], asked["file"], "exec"), names)  # noqa: S102 the file that the local user wrote
        if not callable(names.get(asked["function"])):
            problem = f"it has no function {asked['function']}(output, context)"
    except BaseException as error:
        problem = _told(error)
    for line in sys.stdin:
        call = json.loads(line)
        reply = {"error": problem} if problem else _called(names[asked["function"]], call)
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def _called(function: Any, call: dict[str, Any]) -> dict[str, Any]:
    try:
        result = function(call["output"], call["context"])
        json.dumps(result)
    except BaseException as error:
        return {"error": _told(error)}
    return {"result": result, "type": type(result).__name__}


def _told(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    line = next((f" (line {frame.lineno})" for frame in reversed(frames) if frame.filename != __file__), "")
    return f"{type(error).__name__}: {error}{line}"


if __name__ == "__main__":
    main()
