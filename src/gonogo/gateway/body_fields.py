"""Body fields: JSON of any wire format, read with clear refusals.

Here: decoding, nesting, types of fields. Not here: what a field means (one module for each wire format).
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Literal

import msgspec

from gonogo.domain import Json
from gonogo.errors import FieldNotCarried, RequestInvalid

Kind = Literal["a number", "a whole number", "text", "true or false", "an object", "a list", "text or a list of texts"]
DEEPEST = 100
"""Levels of nesting taken: deeper than any tool's schema, and far from what a recursive reader can bear."""


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


def objects(fields: Json, name: str, where: str = "") -> tuple[Json, ...]:
    """A list of objects; empty where the field is absent or null. ``where``: the path before the field, with its dot.

    Raises:
        RequestInvalid: something else; ``param`` names it.
    """
    values = typed(fields, name, "a list", where) or []
    for position, value in enumerate(values):
        if not isinstance(value, dict):
            raise RequestInvalid(f"'{name}' must be a list of objects", param=f"{where}{name}.{position}")
    return tuple(values)


def typed(fields: Json, name: str, kind: Kind, where: str = "") -> Any:
    """A field of one kind, ``None`` where it is absent or null.

    Raises:
        RequestInvalid: it is of another kind; ``param`` names it.
    """
    value = fields.get(name)
    if value is not None and not is_of(value, kind):
        raise RequestInvalid(f"'{name}' must be {kind}", param=f"{where}{name}")
    return value


_TYPES: dict[Kind, tuple[type, ...]] = {
    "a number": (int, float),
    "a whole number": (int,),
    "text": (str,),
    "true or false": (bool,),
    "an object": (dict,),
    "a list": (list,),
    "text or a list of texts": (str, list),
}


EXACTLY: dict[Kind, tuple[type, ...]] = {**_TYPES, "text or a list of texts": (str,)}
"""Types that say all there is to say; of a list every item must be looked at."""


def is_of(value: Any, kind: Kind) -> bool:
    """Whether a value out of JSON is of a kind; a truth value is no number."""
    if type(value) not in _TYPES[kind]:
        return False
    return kind != "text or a list of texts" or type(value) is str or all(type(one) is str for one in value)


def refuse(fields: Json, reasons: Mapping[str, str], where: str = "") -> None:
    """Refuse what cannot be honoured: fields that are set, each with its reason.

    Raises:
        RequestInvalid: one of them is neither absent nor null, false or empty; ``param`` names it.
    """
    for name, reason in reasons.items():
        if fields.get(name):
            raise RequestInvalid(f"'{where}{name}' cannot be honoured: {reason}", param=f"{where}{name}")


def refuse_unknown(fields: Json, known: Container[str], where: str) -> None:
    """Refuse a field that would be lost on the way to a model.

    Raises:
        RequestInvalid: a field that is not null and not among ``known``; ``param`` names it.
    """
    for name, value in fields.items():
        if name not in known and value is not None:
            raise RequestInvalid(
                f"'{where}{name}' has no place in what a model is asked: leave it out", param=f"{where}{name}"
            )


def in_words_of(renamed: Mapping[str, str], error: RequestInvalid) -> RequestInvalid:
    """The same refusal, naming the client's own field where the wire format calls it otherwise."""
    name = renamed.get(error.param or "")
    if name is None:
        return error
    return type(error)(f"{error} ({error.param} is '{name}' here)", param=name, code=error.code)


def not_carried_in_words_of(renamed: Mapping[str, str], error: Exception) -> Exception:
    """The same error, where a provider could not be told a field naming the client's own."""
    name = renamed.get(error.param) if isinstance(error, FieldNotCarried) else None
    if isinstance(error, FieldNotCarried) and name is not None:
        return FieldNotCarried(f"{error} ({error.param} is '{name}' here)", provider=error.provider, param=name)
    return error
