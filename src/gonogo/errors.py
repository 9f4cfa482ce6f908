"""Every error gonogo raises on purpose, in one tree.

Here: one class for each situation a caller can handle differently; each knows its exit code and HTTP status.
Not here: wording for a particular caller (``cli``, ``gateway``), programming mistakes (those stay ``ValueError``).

    GonogoError                         70 our bug unless a subclass says otherwise
    |- BadInput                         65 what the user wrote cannot be used
    |  |- MissionInvalid                   one or more Problems in a Mission folder
    |  |- NotFound                         a Mission, Version, Trace or file that does not exist
    |  |  `- RecordingMissing                 a model call that is to be replayed was never recorded
    |  |- IndexIncomplete                  an index does not hold what its Version was proven with
    |  |- StoreTooNew                      the store was written by a newer gonogo
    |  `- RequestInvalid                   an HTTP body that breaks the wire format or the Mission's rules
    |- Unreachable                      69 a provider, index or store does not answer
    |  |- StoreDown                        the store's server does not answer
    |  `- ProviderFailed                   an upstream answered with an error or broke off
    |     `- FieldNotCarried               a field of the request that its wire format has no place for
    |     `- CircuitOpen                      it failed before and was not asked
    |- TryAgain                         75 a conflict or a limit; the same call may succeed later
    |  |- DeploymentConflict               somebody else moved the pointer first
    |  |  `- RevisionMoved                    the caller said where it was, and it is there no longer
    |  |- PromotionConflict                somebody else promoted the classifier first
    |  |- LimitReached                     too many requests or tokens for now
    |  |- BudgetSpent                      the dollars of today are spent
    |  `- StoreBusy                        locked, or its disk is full
    |- NotAllowed                       77 the caller may not do this
    |  |- KeyRefused                       no key, or one that opens nothing
    |  `- NotPriced                        a budget holds, and nobody knows what the model costs
    |- GateClosed                        1 a deployment was asked for without GO
    `- PromotionRefused                  1 a classifier was to follow one that it is not known to equal
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class GonogoError(Exception):
    """Base of every error raised on purpose. ``exit_code`` and ``status`` make it ready for shell and HTTP."""

    exit_code = 70
    status = 500


class BadInput(GonogoError):
    """What was given cannot be used: the message says what, where and what to do next."""

    exit_code = 65
    status = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One fault in a Mission folder. ``line`` counts from 1; ``None`` where a whole file is meant."""

    message: str
    file: Path | str
    line: int | None = None
    key: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        key = f" {self.key}:" if self.key else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}:{key} {self.message}{hint}"


class MissionInvalid(BadInput):
    """A Mission folder has faults; ``problems`` holds all of them, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        super().__init__(f"{count} in the Mission folder:\n" + "\n".join(f"  {problem}" for problem in problems))


class NotFound(BadInput):
    """Something named does not exist. The message names the nearest that does, or the listing command."""

    status = 404


class RecordingMissing(NotFound):
    """A model call is to be answered from a recording that does not have it; nothing was asked instead."""


class IndexIncomplete(BadInput):
    """An index was not built to its end, or holds something else than the IndexSnapshot: it is never searched."""

    status = 503


class StoreTooNew(BadInput):
    """The store has a format number higher than this gonogo knows."""

    status = 500


class RequestInvalid(BadInput):
    """A request body breaks the wire format or the Mission's ``requests`` rules; ``param`` is the field's path."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        self.param, self.code = param, code
        super().__init__(message)


class RequestTooLarge(RequestInvalid):
    """A request body is over a stated limit."""

    status = 413


class Unreachable(GonogoError):
    """Something gonogo depends on does not answer."""

    exit_code = 69
    status = 502


class ProviderFailed(Unreachable):
    """An upstream refused, timed out or broke off.

    ``upstream_status`` is its HTTP status where there was one; ``retryable`` says whether another attempt may help;
    ``retry_after`` is in seconds. ``answering``: it had taken the request and begun to answer, so that it charges for
    the question at least.
    """

    answering = False

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        upstream_status: int | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        self.provider, self.upstream_status = provider, upstream_status
        self.retryable, self.retry_after = retryable, retry_after
        super().__init__(message)


class StoreDown(Unreachable):
    """The store's server does not answer. What was being written may or may not stand: look before doing it again."""

    status = 503


class CircuitOpen(ProviderFailed):
    """Every address of a provider failed a moment ago, so none was asked. ``retry_after``: when one will be."""

    status = 503


class FieldNotCarried(ProviderFailed):
    """A field of the request has no place in the wire format of this provider; ``param`` is its path in the words of
    chat completions. Nothing was sent; another model of the chain may still answer."""

    code = "field_not_carried"

    def __init__(self, message: str, *, provider: str, param: str) -> None:
        self.param = param
        super().__init__(message, provider=provider, upstream_status=400)


class TryAgain(GonogoError):
    """A conflict or limit: nothing is wrong with the call, it may succeed later."""

    exit_code = 75
    status = 409


class DeploymentConflict(TryAgain):
    """Somebody else changed the Environment first; nothing of this call took effect."""


class RevisionMoved(DeploymentConflict):
    """The Environment is no longer at the revision that the caller named."""

    status = 412


class PromotionConflict(TryAgain):
    """Somebody else promoted or rolled back the classifier first; nothing of this call took effect."""


class StoreBusy(TryAgain):
    """The store is locked by another process, or its disk is full."""

    status = 503


class LimitReached(TryAgain):
    """A limit of requests, tokens or requests at once. ``retry_after`` in seconds; ``None``: waiting is no help."""

    status = 429
    code = "rate_limit_exceeded"

    def __init__(
        self, message: str, *, retry_after: float | None, headers: Mapping[str, str] | None = None, code: str = ""
    ) -> None:
        self.retry_after, self.headers = retry_after, dict(headers or {})
        self.code = code or self.code
        super().__init__(message)


class BudgetSpent(TryAgain):
    """A budget of today has too little left for what was asked."""

    status = 402
    code = "budget_spent"


class NotAllowed(GonogoError):
    """The caller's key or role does not permit this."""

    exit_code = 77
    status = 403


class KeyRefused(NotAllowed):
    """No key, an unknown key or an expired key."""

    status = 401


class NotPriced(NotAllowed):
    """A budget cannot be held, because a model has no known price."""

    status = 402
    code = "price_unknown"


class GateClosed(GonogoError):
    """A deployment was asked for, but there is no Verdict GO for exactly this Version against what is live."""

    exit_code = 1
    status = 409

    def __init__(self, version: str, reasons: tuple[str, ...], *, exit_code: int = 1) -> None:
        self.version, self.reasons = version, reasons
        self.exit_code = exit_code
        worst = "; ".join(reasons[:3])
        super().__init__(f"{version} was not deployed: {worst}")


class PromotionRefused(GonogoError):
    """A classifier was to be promoted that was not compared with what it replaces, or did not hold its own.

    ``exit_code``: 1 it is worse, 3 the comparison cannot tell, 4 there is none.
    """

    status = 409

    def __init__(self, classifier: str, reason: str, *, exit_code: int = 1) -> None:
        self.classifier, self.reason = classifier, reason
        self.exit_code = exit_code
        super().__init__(f"{classifier} was not promoted: {reason}")


class ExtraMissing(BadInput):
    """An optional part is not installed. The message prints the install line."""

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra = extra
        super().__init__(f"{purpose} needs an optional part that is not installed: pip install 'gonogo[{extra}]'")
