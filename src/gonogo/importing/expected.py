"""Expected: what an expected output of a data set asks of an answer.

Here: the choice between being contained, being equal, likeness and being a reference only.
Not here: where the expected output stands (one module a format).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, get_args

from gonogo.building.yaml_nodes import YamlNode
from gonogo.domain import Assertion
from gonogo.importing.carried import Carrying, Plain, as_text

ExpectedAs = Literal["auto", "contains", "equals", "similar", "rouge-n", "reference"]
EXPECTED_AS: Final[tuple[ExpectedAs, ...]] = get_args(ExpectedAs)
NO_SYNONYMS: Final = (
    "`meteor` pairs words by spelling and stem here, without synonyms of WordNet: values are mostly a little lower. "
    "Look at its thresholds before they gate."
)
SHORT: Final = 80
"""Characters up to which an expected output must stand in the answer, unless told otherwise."""


def expecting(value: Any, how: ExpectedAs, node: YamlNode, carrying: Carrying) -> Plain:
    """The keys ``expect``, ``reference`` and ``draft`` of a task with this expected output."""
    if value in (None, "", [], {}):
        return {"draft": True}
    if isinstance(value, dict | list) and how in ("auto", "equals"):
        return _made(Assertion(kind="equals", value=value), as_text(value), node, carrying)
    text = as_text(value).strip()
    if how == "auto":
        how = "contains" if len(text) <= SHORT and "\n" not in text else "similar"
        if how == "similar":
            carrying.note(
                f"Expected outputs of more than {SHORT} characters became `similar` (cosine at least 0.7) and the "
                "task's reference: look at what they decide before they gate, or import with --as."
            )
    if how == "reference":
        return {"reference": text, "draft": True}
    assertion = (
        Assertion(kind=how, value=text)
        if how in ("contains", "equals")
        else Assertion(kind=how, options={"to": text, "min": 0.7 if how == "similar" else 0.5})
    )
    return _made(assertion, text, node, carrying)


def expecting_any(values: Sequence[str], node: YamlNode, carrying: Carrying) -> Plain:
    """The same where each of several texts is right."""
    if len(values) < 2:
        return expecting(next(iter(values), None), "auto", node, carrying)
    return _made(Assertion(kind="contains-any", value=list(values)), values[0], node, carrying)


def _made(assertion: Assertion, reference: str, node: YamlNode, carrying: Carrying) -> Plain:
    expect = carrying.take(assertion, node, "expected")
    return {"reference": reference, "expect": expect, "draft": not expect}
