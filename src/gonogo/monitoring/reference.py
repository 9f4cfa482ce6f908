"""Reference: which traffic a Version is compared with.

Here: what is live since when, the last good Version, and the Traces of before and of now.
Not here: the comparison (``drift``, ``regressions``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from gonogo.contracts import Store
from gonogo.domain import Deployment, DeploymentKind, Trace
from gonogo.monitoring.drift import LEAST_REFERENCE, MOST_REFERENCE
from gonogo.monitoring.rates import is_live
from gonogo.monitoring.signals import shows_behaviour

MOST_TRACES: Final = 10_000
"""Newest Traces looked at, since the deployment and before it. Longer streams are followed over this stretch only."""

_WHOLE_HISTORY = 1_000_000


class Live(Struct, frozen=True, kw_only=True):
    """What serves, since when, and what it is compared with.

    ``before`` is the number of the Version whose earlier traffic it is compared with: the one live until then, or,
    after a rollback, the Version itself as it was. ``last_good`` is what a rollback should return to: the newest
    Version live earlier that nobody rolled back from; ``None`` where there is none.
    """

    mission: str
    environment: str
    version: int
    since: float
    kind: DeploymentKind
    author: str
    reason: str
    revision: int
    before: int | None
    last_good: int | None

    @property
    def name(self) -> str:
        """``mission@number``."""
        return f"{self.mission}@{self.version}"


class Compared(Struct, frozen=True, kw_only=True):
    """Two stretches of answers, oldest first. ``of`` names the reference; ``released``: a deployment lies between."""

    reference: tuple[Trace, ...]
    stream: tuple[Trace, ...]
    of: str
    released: bool


async def find_live(store: Store, mission: str, environment: str) -> Live | None:
    """What serves in an Environment, or ``None`` before its first deployment."""
    past = await store.deployments(mission, environment, limit=_WHOLE_HISTORY)
    if not past:
        return None
    now = past[0]
    return Live(
        mission=mission,
        environment=environment,
        version=now.version,
        since=now.created_at,
        kind=now.kind,
        author=now.author,
        reason=now.reason,
        revision=now.revision,
        before=now.version if now.kind == "rollback" else now.previous,
        last_good=_last_good(past),
    )


def _last_good(past: Sequence[Deployment]) -> int | None:
    bad: set[int] = set()
    for move in reversed(past):
        # Going forward again undoes a rollback; whatever is chosen anew is trusted anew.
        bad.discard(move.version)
        if move.kind == "rollback" and move.previous is not None and move.previous > move.version:
            bad.add(move.previous)
    live = past[0].version
    return next((row.version for row in past[1:] if row.version != live and row.version not in bad), None)


async def traces_of(store: Store, live: Live) -> tuple[list[Trace], list[Trace]]:
    """(before, since the deployment), each oldest first: at most 10,000 newest Traces of live traffic."""
    now = await store.traces(
        live.mission, version=live.version, environment=live.environment, since=live.since, limit=MOST_TRACES
    )
    before: list[Trace] = []
    if live.before is not None:
        # The Version itself may have served before: its newest Traces are of now and would crowd out the earlier ones.
        more = len(now) if live.before == live.version else 0
        before = await store.traces(
            live.mission, version=live.before, environment=live.environment, limit=MOST_TRACES + more
        )
    earlier = [trace for trace in before if trace.created_at < live.since]
    return _live(earlier[:MOST_TRACES]), _live(now)


def _live(newest_first: Sequence[Trace]) -> list[Trace]:
    return [trace for trace in reversed(newest_first) if is_live(trace)]


def compared(live: Live, before: Sequence[Trace], now: Sequence[Trace]) -> Compared:
    """Traffic before where it has 200 answers; else the first 200 answers of now are the reference for the rest."""
    earlier = tuple(filter(shows_behaviour, before))
    answers = tuple(filter(shows_behaviour, now))
    if len(earlier) >= LEAST_REFERENCE and live.before is not None:
        return Compared(
            reference=earlier[-MOST_REFERENCE:],
            stream=answers,
            of=f"{live.mission}@{live.before}" + (" before the rollback" if live.kind == "rollback" else ""),
            released=live.before != live.version,
        )
    return Compared(
        reference=answers[:LEAST_REFERENCE],
        stream=answers[LEAST_REFERENCE:],
        of=f"{live.name}'s first answers",
        released=False,
    )
