"""Python checks: code of a foreign assertion as a file of the Mission, read and never run.

Here: an expression or a body that returns as a function, and what cannot work here.
Not here: running it (``metrics``).
"""

from __future__ import annotations

import ast
import re
from typing import Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.importing.carried import Carrying
from gonogo.importing.secrets import looks_like_key

_FOREIGN: Final = re.compile(
    r"context\s*(?:\[|\.get\()\s*['\"](vars|prompt|test|provider|providerResponse|logProbs|config|trace)['\"]"
)
"""What promptfoo hands to a check and gonogo does not."""
_BY_HAND: Final = "write checks/NAME.py by hand: docs/mission.md says what it is given"


def as_function(text: str) -> str:
    """Inline Python as the file it would be: an expression, or a body that returns."""
    lines = text.strip().split("\n")
    body = [f"return {lines[0]}"] if len(lines) == 1 and not lines[0].startswith("return") else lines
    return "def get_assert(output, context):\n" + "\n".join(f"    {line}" for line in body) + "\n"


def python_file(code: str, stem: str, node: YamlNode, key: str, carrying: Carrying) -> str | None:
    """The name of the file that this code becomes; ``None``, and left, where it cannot work here or holds a key."""
    problem = _problem(code)
    if problem is not None:
        carrying.leave(node, key, problem, _BY_HAND)
        return None
    base = f"checks/{stem.replace('-', '_') or 'check'}"
    name, number = f"{base}.py", 1
    while carrying.carried.files.get(name, code) != code:
        number += 1
        name = f"{base}_{number}.py"
    carrying.carried.files[name] = code
    carrying.note(
        "Python checks were copied and not run. Read them: `context` holds question, chunks, citations, calls of "
        "tools, cost, latency and finish reason here, and neither vars nor provider; a score is 0 to 1, else an error."
    )
    return name


def _problem(code: str) -> str | None:
    if looks_like_key(code):
        return "holds what looks like a key, and a key is never written into a Mission, nor shown"
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"is no Python: {error.msg if isinstance(error, SyntaxError) else error}"
    foreign = _FOREIGN.search(code)
    return f"reads context[{foreign[1]!r}], which is not told here" if foreign else None
