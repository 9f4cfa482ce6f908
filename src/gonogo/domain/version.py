"""Part and Version: one immutable build of a Mission, with a digest for everything that matters.

Here: which sections make which part, and the two digests. Not here: storing and numbering (``contracts.stores``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from msgspec import Struct, to_builtins

from gonogo.digest import Digest, digest_of
from gonogo.domain.golden_task import content_of
from gonogo.domain.mission import LATER_BUDGETS, GatePolicy, Mission, RequestPolicy, RetrievalPolicy

PartName = Literal[
    "models", "prompt", "tools", "requests", "index", "guardrails", "routing", "cache", "classifiers",
    "golden", "gate", "monitors",
]  # fmt: skip
PART_NAMES: tuple[PartName, ...] = get_args(PartName)
PART_CODES: dict[PartName, str] = {
    "models": "m", "prompt": "p", "tools": "t", "requests": "re", "index": "i", "guardrails": "g", "routing": "r",
    "cache": "c", "classifiers": "cl", "golden": "go", "gate": "ga", "monitors": "mo",
}  # fmt: skip
"""How a numbered part is written: ``prompt p4``."""
GATE_PARTS: frozenset[PartName] = frozenset({"golden", "gate"})
OUTSIDE_BEHAVIOUR: frozenset[PartName] = GATE_PARTS | {"monitors"}

CLASSIFIER_PIN = "classifier."
"""Before a classifier's name among the pins of a Version and in ``mission.lock``."""

JUDGES = frozenset({
    "metrics", f"{CLASSIFIER_PIN}faithfulness", f"{CLASSIFIER_PIN}relevance", f"{CLASSIFIER_PIN}toxicity",
})  # fmt: skip
"""Pins of what scores an answer."""


class Part(Struct, frozen=True, kw_only=True):
    """One versioned piece of a Mission. ``number`` runs per Mission and name; 0 until the store has numbered it."""

    name: PartName
    digest: Digest
    number: int = 0

    def __str__(self) -> str:
        return f"{self.name} {self.code}"

    @property
    def code(self) -> str:
        """``p4``: unmistakable among the parts of one Mission."""
        return f"{PART_CODES[self.name]}{self.number}"


class Version(Struct, frozen=True, kw_only=True):
    """One immutable build: ``support@7``.

    ``pins`` maps installed components (embedder, classifiers, parsers) to their digests as the build saw them; a
    classifier stands there as ``classifier.NAME``.
    ``index_digest`` is ``None`` where the Mission retrieves nothing. ``edited_at`` is the newest change in the folder
    at build time, seconds since 1970.
    """

    mission: Mission
    number: int
    parts: tuple[Part, ...]
    behaviour_digest: Digest
    gate_digest: Digest
    index_digest: Digest | None
    pins: dict[str, str]
    created_at: float
    edited_at: float
    created_by: str = ""
    format: int = 1

    @property
    def name(self) -> str:
        """``mission@number``."""
        return f"{self.mission.name}@{self.number}"

    def part(self, name: PartName) -> Part:
        """The part of that name.

        Raises:
            KeyError: no such part.
        """
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)


def part_contents(mission: Mission, index_digest: Digest | None, pins: dict[str, str]) -> dict[PartName, object]:
    """What each part's digest is taken over. Golden tasks lose their source line: moving a task changes nothing."""
    golden = [content_of(task) for task in sorted(mission.golden, key=lambda task: task.id)]
    return {
        "models": mission.models,
        "prompt": mission.prompt,
        "tools": sorted(mission.tools, key=lambda tool: tool.name),
        "requests": _requests(mission.requests),
        "index": {"snapshot": index_digest, "search": _search(mission.retrieval)},
        "guardrails": mission.guardrails,
        "routing": mission.routing,
        "cache": mission.cache,
        "classifiers": pins,
        "golden": golden,
        # Without judges as it was before there were any: no folder becomes another Version by an upgrade.
        "gate": {"rules": _rules(mission.gate), "judges": mission.judges} if mission.judges else _rules(mission.gate),
        "monitors": mission.monitors,
    }


def _search(policy: RetrievalPolicy | None) -> object:
    # With citations in full as it was before anything else could be chosen, for the same reason.
    if policy is None or policy.citations != "full":
        return policy
    return {name: value for name, value in to_builtins(policy).items() if name != "citations"}


def _requests(policy: RequestPolicy) -> object:
    # Without a limit of output as it was before there was any, for the same reason.
    if policy.max_output_tokens is not None:
        return policy
    return {"system": policy.system, "allow": policy.allow}


def _rules(policy: GatePolicy) -> object:
    # Without what is as it was before it could be chosen, for the same reason.
    plain: dict[str, object] = to_builtins(policy)
    if policy.confirm == GatePolicy().confirm:
        del plain["confirm"]
    budget = to_builtins(policy.budget)
    plain["budget"] = {name: most for name, most in budget.items() if most is not None or name not in LATER_BUDGETS}
    return plain


def part_digests(mission: Mission, index_digest: Digest | None, pins: dict[str, str]) -> tuple[Part, ...]:
    """Unnumbered parts: same content, same digests, on every machine and day."""
    contents = part_contents(mission, index_digest, pins)
    return tuple(Part(name=name, digest=digest_of(contents[name])) for name in PART_NAMES)


def behaviour_digest(mission_name: str, parts: tuple[Part, ...]) -> Digest:
    """Over everything that can change an answer; keys the cache and pairs evaluations."""
    kept = {part.name: part.digest for part in parts if part.name not in OUTSIDE_BEHAVIOUR}
    return digest_of({"mission": mission_name, "parts": kept})


def gate_digest(parts: tuple[Part, ...], pins: Mapping[str, str] | None = None) -> Digest:
    """Over golden tasks, judges and gate rules; stored in each Verdict; changing it empties no cache.

    Args:
        pins: of the Version; those among ``JUDGES`` score answers, so that runs of other ones are never compared.
    """
    kept: dict[str, object] = {part.name: part.digest for part in parts if part.name in GATE_PARTS}
    judges = {name: digest for name, digest in (pins or {}).items() if name in JUDGES}
    return digest_of({**kept, "judges": judges} if judges else kept)
