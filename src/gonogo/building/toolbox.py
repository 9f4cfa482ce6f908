"""Toolbox: what building needs from components, handed in by whoever joins the two.

Here: the frozen set of arguments. Not here: any component (``assembly`` fills this in).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gonogo.contracts import Assertions, Chunker, ChunkScanner, Repositories, SnapshotMaker
from gonogo.domain.judge import JudgeKind
from gonogo.domain.mission import GuardrailRule, GuardrailStage, Mission


@dataclass(frozen=True, kw_only=True)
class ClassifierChoice:
    """The weights of one classifier that a build may pin.

    ``chosen``: the digest promoted for the Mission, else the shipped one; ``None`` where there is neither. ``here``:
    every digest that can be loaded, of which ``mission.lock`` may keep one.
    """

    chosen: str | None
    here: frozenset[str]


def _no_classifiers(_mission: Mission) -> Mapping[str, ClassifierChoice]:
    return {}


def _no_prompts(_kind: JudgeKind) -> str:
    return ""


def _no_warning(_provider: str, _model: str) -> str | None:
    return None


@dataclass(frozen=True, kw_only=True)
class Toolbox:
    """What is installed, as far as a Mission folder can name it.

    Args:
        chunker: files to Chunks.
        snapshots: Chunks to an IndexSnapshot.
        scanner: looks for poison in Chunks; ``None`` looks for none.
        assertions: says what is wrong with an Assertion as written.
        guardrail_problems: what is wrong with a rule at a stage, or ``None``.
        known_checks: names of guardrails, for hints and for refusing unknown ones.
        known_indexes: gives the names of index backends; asked where a Mission names one, as installed packages are
            looked through for it.
        known_metrics: names that ``gate.require`` may bound; ``pass_rate`` is always known.
        known_shares: names of assertions whose value is a share; ``gate.require`` may bound them where tasks have them.
        alias_warning: (provider, model) to a warning that the name moves under one's feet, or ``None``.
        pins: installed component -> digest. The chunker is added under ``chunker``.
        classifiers: the classifiers a Mission can use, by name.
        known_embedders: gives the names of embedders, as ``known_indexes``; none means not checked.
        known_providers: names of providers this machine's settings know; empty means not checked. A server may know
            others, so an unknown one is a warning.
        known_classifiers: names that a routing rule may call; empty means not checked.
        repositories: reads git revisions; ``None``, as on a server, refuses such sources.
        judge_prompts: the digest of what a kind of judge is told beside the Mission's own words.
        known_rates: names that ``monitors.roll_back_on`` may name; empty means not checked.
    """

    chunker: Chunker
    snapshots: SnapshotMaker
    assertions: Assertions
    guardrail_problems: Callable[[GuardrailRule, GuardrailStage], str | None]
    known_checks: frozenset[str]
    known_indexes: Callable[[], frozenset[str]]
    known_metrics: frozenset[str]
    alias_warning: Callable[[str, str], str | None] = _no_warning
    pins: Mapping[str, str] = field(default_factory=dict)
    classifiers: Callable[[Mission], Mapping[str, ClassifierChoice]] = _no_classifiers
    known_embedders: Callable[[], frozenset[str]] = frozenset
    known_providers: frozenset[str] = frozenset()
    known_rates: frozenset[str] = frozenset()
    known_classifiers: frozenset[str] = frozenset()
    scanner: ChunkScanner | None = None
    repositories: Repositories | None = None
    judge_prompts: Callable[[JudgeKind], str] = _no_prompts
    known_shares: frozenset[str] = frozenset()

    def all_pins(self) -> dict[str, str]:
        """Every installed component with its digest, sorted by name."""
        return dict(sorted({"chunker": self.chunker.digest, **self.pins}.items()))
