"""Stores by role. All async; SQLite and PostgreSQL answer to the same tests.

Here: the Protocols. Not here: SQL (``store``). Every row carries tenant and format version from day one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from gonogo.digest import Digest
from gonogo.domain import (
    Annotation,
    ApiKey,
    Balance,
    ClassifierCard,
    ClassifierComparison,
    ClassifierPromotion,
    CostCell,
    Deployment,
    Environment,
    EvaluationRun,
    Exchange,
    Granted,
    IndexSnapshot,
    JudgeCalibration,
    OperationRow,
    Part,
    TaskResult,
    Trace,
    Verdict,
    Version,
)


class VersionStore(Protocol):
    """Immutable Versions and their IndexSnapshots."""

    async def add_version(self, draft: Version, snapshot: IndexSnapshot | None) -> Version:
        """Number and keep a Version with its parts in one transaction.

        ``draft`` has number 0 and unnumbered parts. A draft whose parts all equal an existing Version's gives that
        Version back unchanged. Part numbers run per Mission and part name, equal digest equal number.
        """
        ...

    async def version(self, mission: str, number: int) -> Version | None: ...
    async def versions(self, mission: str | None = None, limit: int = 100) -> list[Version]:
        """Newest first."""
        ...

    async def missions(self) -> list[str]:
        """Names, sorted."""
        ...

    async def snapshot(self, digest: Digest) -> IndexSnapshot | None:
        """The snapshot, verified against its digest.

        Raises:
            BadInput: stored content no longer has this digest.
        """
        ...

    async def snapshots(self) -> list[Digest]:
        """Of every IndexSnapshot that is kept, sorted."""
        ...

    async def forget_snapshots(self, keep: Collection[Digest]) -> int:
        """Delete every IndexSnapshot but these, and the Chunks that none of these holds; gives how many Chunks.

        Versions stay; one whose snapshot is gone can be served only after its folder is built again.
        """
        ...

    async def part_history(self, mission: str, part: str) -> list[tuple[Part, int, float]]:
        """(part, first Version with it, when), newest first."""
        ...


class DeploymentStore(Protocol):
    """Environments and the history of their changes."""

    async def environment(self, mission: str, name: str) -> Environment | None: ...
    async def environments(self, mission: str | None = None) -> list[Environment]: ...
    async def move(self, deployment: Deployment, expected_revision: int) -> Environment:
        """One compare-and-swap: record the Deployment and move the pointer in one transaction.

        ``expected_revision`` is 0 for an Environment that does not exist yet.

        Raises:
            DeploymentConflict: the revision is another one by now; nothing was written.
        """
        ...

    async def deployments(self, mission: str, environment: str | None = None, limit: int = 100) -> list[Deployment]:
        """Newest first."""
        ...


class EvaluationStore(Protocol):
    """EvaluationRuns, their task results and Verdicts."""

    async def start_run(self, run: EvaluationRun) -> None: ...
    async def add_results(self, run_id: str, results: Sequence[TaskResult]) -> None:
        """Append; durable when it returns. A result of the same (task, repeat) replaces the earlier one."""
        ...

    async def finish_run(
        self, run_id: str, finished_at: float, wall: float, cpu: float, *, stopped_early: bool = False
    ) -> None: ...
    async def run(self, run_id: str) -> EvaluationRun | None: ...
    async def runs(self, mission: str, limit: int = 50) -> list[EvaluationRun]:
        """Newest first, without results."""
        ...

    async def finished_run(self, behaviour_digest: Digest, gate_digest: Digest) -> EvaluationRun | None:
        """The newest finished run of exactly this behaviour on exactly these tasks and rules, with results; none whose
        answers were replayed."""
        ...

    async def known_results(self, digests: Collection[Digest]) -> list[TaskResult]:
        """The newest result that ran of each digest and repeat, of whatever run, finished or not."""
        ...

    async def add_verdict(self, verdict: Verdict) -> None: ...
    async def verdict(self, verdict_id: str) -> Verdict | None: ...
    async def verdicts(self, mission: str, version: int | None = None, limit: int = 50) -> list[Verdict]:
        """Newest first."""
        ...

    async def add_calibration(self, calibration: JudgeCalibration) -> None: ...
    async def calibration(self, calibration_id: str) -> JudgeCalibration | None: ...
    async def calibrations(
        self, mission: str, judge: str | None = None, *, digest: Digest | None = None, limit: int = 50
    ) -> list[JudgeCalibration]:
        """Of the judges of a Mission, or of one of them; newest first."""
        ...


class TraceStore(Protocol):
    """Traces and Annotations."""

    async def add_traces(self, traces: Sequence[Trace]) -> None:
        """Durable against the death of the process when it returns. Writes of many callers share one commit."""
        ...

    async def trace(self, trace_id: str, tenant: str | None = None) -> Trace | None:
        """By id or by a prefix of at least 6 digits that is unique; among those of a tenant, where one is named."""
        ...

    async def trace_called_by(self, caller: str, tenant: str) -> Trace | None:
        """The first Trace of a tenant whose ``parent`` names this trace id."""
        ...

    async def traces(
        self,
        mission: str | None = None,
        *,
        version: int | None = None,
        environment: str | None = None,
        session: str | None = None,
        outcome: str | None = None,
        since: float | None = None,
        tenant: str | None = None,
        missions: Sequence[str] = (),
        before: tuple[float, str] | None = None,
        limit: int = 50,
    ) -> list[Trace]:
        """Newest first. ``missions``: of these only, where any is named; ``before``: older than the Trace that was made
        then and has this id."""
        ...

    async def forget_user(self, user: str, tenant: str | None = None) -> tuple[int, int]:
        """Delete every Trace of a user, and the Annotations of these; how many of each.

        ``tenant``: only that one's; users of two tenants may share a name.
        """
        ...

    async def add_annotation(self, annotation: Annotation) -> None: ...
    async def annotations(self, trace_id: str) -> list[Annotation]: ...
    async def annotations_of(self, metric: str, limit: int = 20_000) -> list[Annotation]:
        """Of a metric, newest first, also of answers to golden tasks, which have no Trace in the store."""
        ...

    async def annotated(
        self, mission: str | None = None, metric: str | None = None, *, until: float | None = None, limit: int = 1000
    ) -> list[tuple[Trace, tuple[Annotation, ...]]]:
        """Traces with their Annotations (oldest first) of a metric, those annotated last first.

        ``until``: Annotations made after it, in seconds since 1970, are left out, as if it were then.
        """
        ...


class KeyStore(Protocol):
    """Keys for the gateway, kept as hashes."""

    async def add_key(self, key: ApiKey) -> None:
        """Keep a key.

        Raises:
            ValueError: its id or its hash is taken.
        """
        ...

    async def key(self, key_id: str) -> ApiKey | None:
        """By id, also a revoked or expired one: whether it opens is the caller's to decide."""
        ...

    async def keys(self) -> list[ApiKey]:
        """Every key ever made, newest first."""
        ...

    async def replace_key(self, old: ApiKey, new: ApiKey) -> bool:
        """Compare and swap: ``False``, and nothing done, if the key of this id is no longer ``old``."""
        ...

    async def revoke_key(self, key_id: str) -> bool:
        """Whether there was a key that was not revoked; it opens nothing from now on."""
        ...

    async def has_keys(self) -> bool:
        """Whether a key was ever made, a revoked one included."""
        ...


class Ledger(Protocol):
    """The money of budgets: what was spent of each account, and which process holds how much of the rest."""

    async def exchange(self, holder: str, exchanges: Sequence[Exchange], now: float) -> list[Granted]:
        """What one process tells and asks about its accounts, in one transaction; the answers in the same order.

        Spent money is added to its account and taken off the lease, returned money only off the lease. A lease grows by
        what is granted: never beyond the limit less all that is spent and leased, and nothing where it is less than
        ``least``. An exchange whose number was done already changes nothing and gets its answer again. Leases of
        processes not heard of for 60 seconds count as spent.

        Args:
            holder: the process; another name each time it starts.
            now: seconds since 1970.
        """
        ...

    async def balances(self, day: str, now: float) -> list[Balance]:
        """How every account of a UTC day stands, by scope and name."""
        ...


class CostStore(Protocol):
    """What requests took, added up."""

    async def costs(self, since: str = "") -> list[CostCell]:
        """Every Trace in the store, added up by day, tenant, Mission, Version, key and model, from a UTC day on
        (``2026-11-26``; empty: all), in that order. A Trace counts once, however often it is added, and still does
        when it was deleted after it was counted."""
        ...


class MissionFolders(Protocol):
    """Where a Mission was last built from, so that `status` can tell an edited folder from the live Version."""

    async def remember_folder(self, mission: str, folder: str) -> None: ...
    async def folder(self, mission: str) -> str | None: ...


class ClassifierStore(Protocol):
    """Which classifiers were registered, compared and promoted. Their weights stand beside the store, as files."""

    async def add_classifier(self, card: ClassifierCard) -> ClassifierCard:
        """Keep a card. One digest, one card: what was registered first stays, and is given back."""
        ...

    async def classifiers(self, name: str | None = None, limit: int = 1000) -> list[ClassifierCard]:
        """Registered last first."""
        ...

    async def add_comparison(self, comparison: ClassifierComparison) -> None: ...
    async def comparisons(
        self, name: str, *, candidate: Digest | None = None, limit: int = 100
    ) -> list[ClassifierComparison]:
        """Newest first."""
        ...

    async def promote(self, promotion: ClassifierPromotion, expected_revision: int) -> None:
        """One compare-and-swap for a name and a Mission: record the change, or find that another was faster.

        ``expected_revision`` is 0 where nothing was ever promoted; the promotion's own is one more.

        Raises:
            PromotionConflict: the revision is another one by now; nothing was written.
            NotFound: no such classifier is registered.
        """
        ...

    async def promotions(
        self, name: str | None = None, mission: str | None = None, limit: int = 1000
    ) -> list[ClassifierPromotion]:
        """Newest first. ``mission`` ``""``: those that hold for all; ``None``: of every Mission too."""
        ...


class OperationStore(Protocol):
    """A server's long work, as every process finds it."""

    async def put_operation(self, row: OperationRow) -> bool:
        """Keep how it stands now; whether somebody asked it to stop."""
        ...

    async def operation(self, operation_id: str) -> OperationRow | None:
        """By id."""
        ...

    async def operations(self, limit: int = 100) -> list[OperationRow]:
        """Started last first."""
        ...

    async def stop_operation(self, operation_id: str) -> None:
        """Ask the process that runs it to stop it."""
        ...

    async def interrupt_operations(self, before: float) -> int:
        """Mark those that run and whose process has not been heard of since; how many there were."""
        ...

    async def drop_operations(self, keep: int) -> None:
        """Forget those that ended, but for the newest ``keep``."""
        ...


class Store(
    VersionStore,
    DeploymentStore,
    EvaluationStore,
    TraceStore,
    KeyStore,
    Ledger,
    CostStore,
    MissionFolders,
    ClassifierStore,
    OperationStore,
    Protocol,
):
    """All roles of one store."""

    async def healthy(self) -> bool:
        """Whether a write would succeed now."""
        ...

    async def close(self) -> None: ...


__all__ = [
    "ClassifierStore",
    "CostStore",
    "DeploymentStore",
    "EvaluationStore",
    "KeyStore",
    "Ledger",
    "MissionFolders",
    "OperationStore",
    "Store",
    "TraceStore",
    "VersionStore",
]
