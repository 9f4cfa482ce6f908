"""Proof: whether a Verdict is GO for exactly this Version against exactly what is live.

Here: the comparison of Verdict, Version and live Version, and the recomputation. Not here: moving the pointer
(``deploy``), the decision itself (``gate``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import structs

from gonogo.domain import Verdict, Version
from gonogo.errors import GateClosed, NotFound
from gonogo.gate import same_behaviour

Recompute = Callable[[Verdict], Awaitable[Verdict]]
"""Decides again from stored task results. It reads the Verdict's run ids and Versions, never its outcome."""

INVALID = 4


async def proof(version: Version, live: Version | None, verdict: Verdict | None, recompute: Recompute) -> Verdict:
    """The Verdict that allows this Version to replace ``live``.

    Nobody's word is taken: the outcome is computed again, on the server, for this Version's own gate rules.

    Args:
        live: what serves now; ``None`` for a first deployment.
        verdict: what the caller shows; not needed where the behaviour digest is the live one.

    Returns:
        A Verdict GO, as recomputed.

    Raises:
        GateClosed: there is none. ``exit_code`` is that of the Verdict's outcome, or INVALID's where it is missing or
            about something else.
    """
    if live is not None and live.behaviour_digest == version.behaviour_digest:
        known = verdict if verdict is not None and verdict.same_behaviour else None
        return structs.replace(
            same_behaviour(version, live),
            id=known.id if known else "",
            created_at=known.created_at if known else 0.0,
        )
    if verdict is None:
        raise GateClosed(version.name, (f"it has no Verdict; run `gonogo evaluate {version.name}`",), exit_code=INVALID)
    if strange := foreign(verdict, version, live):
        raise GateClosed(version.name, strange, exit_code=INVALID)
    if verdict.outcome != "GO":
        raise GateClosed(version.name, objections(verdict), exit_code=verdict.exit_code)
    # Under this Version's number, so that no laxer gate rules of another Version can be asked for.
    again = await _again(structs.replace(verdict, candidate=version.number), version, recompute)
    if again.outcome != "GO":
        reasons = ("computed again from the stored task results, the Verdict is not GO", *objections(again))
        raise GateClosed(version.name, reasons, exit_code=again.exit_code)
    if strange := foreign(again, version, live):
        raise GateClosed(version.name, strange, exit_code=INVALID)
    return again


def foreign(verdict: Verdict, version: Version, live: Version | None) -> tuple[str, ...]:
    """Why a Verdict is not about this Version against this live Version; empty where it is."""
    reasons: list[str] = []
    if verdict.backtest is not None:
        reasons.append("the Verdict rests on recorded questions: golden tasks decide what may be deployed")
    if verdict.mission != version.mission.name:
        reasons.append(f"the Verdict is about Mission {verdict.mission}")
    if verdict.same_behaviour:
        reasons.append("the Verdict rests on equal behaviour, and the behaviour is not the live one")
    if verdict.behaviour_digest != version.behaviour_digest:
        reasons.append(f"the Verdict is about {verdict.mission}@{verdict.candidate}, which behaves differently")
    if verdict.gate_digest != version.gate_digest:
        reasons.append("golden tasks or gate rules have changed since the Verdict: evaluate again")
    expected = None if live is None else live.behaviour_digest
    if verdict.baseline_digest != expected:
        reasons.append(_stale(verdict, live))
    return tuple(reasons)


def objections(verdict: Verdict) -> tuple[str, ...]:
    """The reasons that kept a Verdict from GO, or its line where it names none."""
    against = tuple(reason.message for reason in verdict.reasons if reason.outcome == verdict.outcome)
    return against or (verdict.line,)


def _stale(verdict: Verdict, live: Version | None) -> str:
    compared = "nothing" if verdict.baseline_digest is None else f"{verdict.mission}@{verdict.baseline}"
    now = "nothing" if live is None else live.name
    return f"the Verdict compared with {compared}, but {now} is live now: evaluate again"


async def _again(verdict: Verdict, version: Version, recompute: Recompute) -> Verdict:
    try:
        return await recompute(verdict)
    except NotFound as error:
        reason = f"the task results behind the Verdict cannot be read ({error}): evaluate again"
        raise GateClosed(version.name, (reason,), exit_code=INVALID) from error
