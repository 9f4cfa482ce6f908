"""Output limit: the most tokens that all answers of one request may have together.

Here: the lower of what the Mission and the key say, and a client's own limit brought under it. Not here: which
parameters a client may set (``admission``), what is reserved (``assembly.estimate``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gonogo.domain import Json, RequestPolicy

LIMITS = ("max_completion_tokens", "max_tokens")
"""Two names of one limit, of one answer."""
ELSEWHERE = frozenset(
    {"max_output_tokens", "max_new_tokens", "max_gen_len", "num_predict", "n_predict", "maxOutputTokens"}
)
"""What other programs call it. Unknown fields pass through, and none of these may pass by the limit."""


def most_output(policy: RequestPolicy, of_key: int | None) -> int | None:
    """The lower limit of both, in tokens; ``None`` where there is none."""
    of_mission = policy.max_output_tokens
    if of_mission is None or of_key is None:
        return of_key if of_mission is None else of_mission
    return min(of_mission, of_key)


def stated(parameters: Mapping[str, Any]) -> int | None:
    """The limit of one answer in parameters: the lower of its two names."""
    return min((most for name in LIMITS if (most := whole(parameters.get(name))) is not None), default=None)


def choices(parameters: Mapping[str, Any]) -> int:
    """How many answers are asked for."""
    return whole(parameters.get("n")) or 1


def bounded(parameters: Json, most: int | None) -> Json:
    """Parameters whose answers together stay under ``most`` tokens, whether they had a limit or not."""
    if most is None:
        return parameters
    each = max(1, most // choices(parameters))
    own = stated(parameters)
    if own is not None and own <= each:
        return parameters
    named = [name for name in LIMITS if name in parameters] or ["max_tokens"]
    return {**parameters, **dict.fromkeys(named, each)}


def whole(value: Any) -> int | None:
    """A count from 1 up; ``None`` where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
