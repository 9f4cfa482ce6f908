"""Admission: what a client may send to this Version, decided before anything runs.

Here: the Mission's ``requests`` rules: system messages, allowed parameters, pinned ones, the limit of output.
Not here: the arithmetic of that limit (``output_limit``), the wire format and size limits (``gateway``), keys and roles
(``access``).
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct, structs

from gonogo.domain import Json, Request, Version
from gonogo.errors import RequestInvalid
from gonogo.pipeline.output_limit import ELSEWHERE, LIMITS, bounded, choices, most_output, stated, whole

ALWAYS_ALLOWED = frozenset({"stream", "stream_options", "metadata", "user"})

_SYSTEM = frozenset({"system", "developer"})
_SAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
"""Two names of one limit: who may set it under one may under the other, as other wire formats know one of them only."""


class Admitted(Struct, frozen=True, kw_only=True):
    """A Request under the Mission's rules. ``pinned`` names parameters of the client that the Mission overrides;
    ``lowered`` is what one answer may have at most where the client asked for more, in tokens."""

    request: Request
    pinned: tuple[str, ...] = ()
    lowered: int | None = None


def admit(request: Request, version: Version, most: int | None = None) -> Admitted:
    """Apply the rules.

    Args:
        most: tokens that the key allows all answers together; ``None``: as many as the Mission does.

    Raises:
        RequestInvalid: no question, a system message where the Mission refuses one, a parameter it does not allow, or
            more output than it allows where it says that this is refused.
    """
    if not request.question.strip() and not _shows_something(request):
        raise RequestInvalid("the last user message is empty: there is no question to answer", param="messages")
    rules = version.mission.requests
    if rules.system == "refuse" and has_system(request.messages):
        raise RequestInvalid(
            f"{version.mission.name} has its own system message and refuses others: leave messages of role 'system' "
            "and 'developer' out, or set requests.system in mission.yaml to append or replace",
            param="messages",
            code="system_message_refused",
        )
    allowed = _allowed(rules.allow)
    obliged = request.obliged
    left_out = tuple(name for name in obliged if name in request.parameters and name not in allowed) if obliged else ()
    refused = [name for name in request.parameters if name not in allowed and name not in left_out]
    if refused:
        raise RequestInvalid(
            f"{version.mission.name} does not let a client set {', '.join(sorted(refused))}: "
            f"allowed are {', '.join(rules.allow) or 'none'} (requests.allow in mission.yaml)",
            param=min(refused),
            code="parameter_refused",
        )
    pinned = _pinned(request, version)
    if left_out:
        kept = {name: value for name, value in request.parameters.items() if name not in left_out}
        request, pinned = structs.replace(request, parameters=kept), tuple(sorted({*pinned, *left_out}))
    bound = most_output(rules, most)
    if bound is None:
        return Admitted(request=request, pinned=pinned)
    return _limited(structs.replace(request, most_output=most), version, pinned, bound)


def _limited(request: Request, version: Version, pinned: tuple[str, ...], most: int) -> Admitted:
    asked, name = request.parameters, version.mission.name
    if passing := sorted(ELSEWHERE & request.extra.keys()):
        raise RequestInvalid(f"'{passing[0]}' cannot be used here: say it as max_tokens", param=passing[0])
    if choices(asked) > most:
        raise RequestInvalid(f"at most {most} tokens of output are given: not enough for n={asked['n']}", param="n")
    own, each = stated(asked), most // choices(asked)
    if own is None or own <= each:
        return Admitted(request=request, pinned=pinned)
    param = next(name for name in LIMITS if whole(asked.get(name)) == own)
    if version.mission.requests.beyond == "refuse":
        shared = "" if choices(asked) == 1 else f", {each} for each of n={choices(asked)} answers"
        raise RequestInvalid(
            f"{name} gives at most {most} tokens of output{shared}, and {own} were asked for: "
            f"ask for {each} or fewer, or for no number",
            param=param,
            code="output_limit",
        )
    return Admitted(request=structs.replace(request, parameters=bounded(asked, most)), pinned=pinned, lowered=each)


@lru_cache(maxsize=256)
def _allowed(named: tuple[str, ...]) -> frozenset[str]:
    return ALWAYS_ALLOWED | {*named, *(_SAME[name] for name in named if name in _SAME)}


def has_system(messages: tuple[Json, ...]) -> bool:
    """Whether a client says something as the system."""
    return not _SYSTEM.isdisjoint([message.get("role") for message in messages])


def without_system(request: Request) -> Request:
    """The Request with its system messages taken out, once they have been placed or refused."""
    if not has_system(request.messages):
        return request
    return structs.replace(request, messages=tuple(one for one in request.messages if not _is_system(one)))


def client_system(request: Request) -> str:
    """The client's own system texts, joined."""
    texts = (_text(message.get("content")) for message in request.messages if _is_system(message))
    return "\n\n".join(text for text in texts if text)


def client_system_parts(request: Request) -> list[Json]:
    """The same as parts, where one of them says more than its text, such as where a prompt cache may end."""
    contents = [message.get("content") for message in request.messages if _is_system(message)]
    if not contents:
        return []
    lists = [content if isinstance(content, list) else [{"type": "text", "text": content}] for content in contents]
    parts = [part for content in lists for part in content if isinstance(part, dict)]
    return parts if any(part.keys() - {"type", "text"} for part in parts) else []


def _text(content: object) -> str:
    if isinstance(content, list):
        return "\n".join(str(part["text"]) for part in content if isinstance(part, dict) and "text" in part)
    return content if isinstance(content, str) else ""


def _shows_something(request: Request) -> bool:
    """Whether the last user message holds a picture, a recording or a file: that is a question without words."""
    last = request.messages[len(request.earlier_turns) :][:1]
    content = last[0].get("content") if last else None
    parts = content if isinstance(content, list) else []
    return any(isinstance(part, dict) and part.get("type") not in (None, "text") for part in parts)


def _is_system(message: Json) -> bool:
    return message.get("role") in _SYSTEM


def _pinned(request: Request, version: Version) -> tuple[str, ...]:
    asked, other = request.parameters, request.extra
    if not asked and not other:
        return ()
    models = version.mission.models.values()
    pinned = [name for model in models for name in model.params if name in asked or name in other]
    return tuple(sorted(set(pinned))) if pinned else ()
