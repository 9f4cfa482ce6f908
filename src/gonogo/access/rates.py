"""Rates: how many requests and tokens were taken in the last 60 seconds, and how many requests run, in this process.

A window is kept by whole seconds and forgets a second only when all of it is more than 60 seconds old: in no 60 seconds
is more let through than the limit, where a bucket that refills lets through up to twice of it.

Here: counting, refusing with the moment when it will be better, OpenAI's headers. Not here: whose limits hold for a
request (``assembly.allowances``), money (``purse``).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from math import ceil

from msgspec import Struct

from gonogo.domain import RateLimits
from gonogo.errors import LimitReached

MINUTE = 60
_IDLE_LIMIT = 10_000
"""Meters kept before those that count nothing any more are forgotten."""


class Subject(Struct, frozen=True, kw_only=True):
    """Whose limit it is: one key, tenant or Mission."""

    scope: str
    name: str

    def __str__(self) -> str:
        return f"{self.scope} {self.name}"


class Window:
    """Amounts by the second they came in."""

    __slots__ = ("_seconds", "_total")

    def __init__(self) -> None:
        self._seconds: deque[list[int]] = deque()
        self._total = 0

    def total(self, now: float) -> int:
        """Of the last 60 seconds."""
        while self._seconds and self._seconds[0][0] + MINUTE + 1 <= now:
            self._total -= self._seconds.popleft()[1]
        return self._total

    def add(self, amount: int, now: float) -> None:
        """Count an amount now."""
        second = int(now)
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append([second, 0])
        self._seconds[-1][1] += amount
        self._total += amount

    def correct(self, difference: int, then: float) -> None:
        """Change what was counted at ``then``; what is forgotten already stays so."""
        second = int(then)
        for entry in reversed(self._seconds):
            if entry[0] == second:
                entry[1] += difference
                self._total += difference
                return
            if entry[0] < second:
                return

    def seconds_until_empty(self, now: float) -> float:
        """Until nothing is counted any more, if nothing comes."""
        return max(0.0, self._seconds[-1][0] + MINUTE + 1 - now) if self._seconds else 0.0

    def seconds_until(self, most: int, now: float) -> float:
        """Until the total is at most ``most``; 0 where it is now."""
        left = self.total(now)
        for second, amount in self._seconds:
            if left <= most:
                break
            left -= amount
            freed_at = second + MINUTE + 1
            if left <= most:
                return freed_at - now
        return 0.0


class Meter:
    """What one subject has taken."""

    __slots__ = ("requests", "running", "tokens")

    def __init__(self) -> None:
        self.requests, self.tokens = Window(), Window()
        self.running = 0

    def idle(self, now: float) -> bool:
        """Whether nothing is counted any more."""
        return not (self.running or self.requests.total(now) or self.tokens.total(now))


class Entry:
    """One request that was let through; ``leave`` it once, whatever became of it."""

    __slots__ = ("_limited", "_then", "_tokens")

    def __init__(self, limited: Sequence[tuple[Meter, RateLimits]], tokens: int, then: float) -> None:
        self._limited, self._tokens, self._then = limited, tokens, then

    def leave(self, tokens: int) -> None:
        """The request has ended and took so many tokens: what was reserved for it is corrected."""
        for meter, _ in self._limited:
            meter.running -= 1
            meter.tokens.correct(tokens - self._tokens, self._then)
        self._limited = ()

    def headers(self, now: float) -> dict[str, str]:
        """OpenAI's ``x-ratelimit-*`` of the subject that has the least left."""
        shown: dict[str, str] = {}
        requests = [
            (own.requests_per_minute - meter.requests.total(now), own.requests_per_minute, meter.requests)
            for meter, own in self._limited
            if own.requests_per_minute is not None
        ]
        tokens = [
            (own.tokens_per_minute - meter.tokens.total(now), own.tokens_per_minute, meter.tokens)
            for meter, own in self._limited
            if own.tokens_per_minute is not None
        ]
        for kind, limits in (("requests", requests), ("tokens", tokens)):
            if limits:
                left, limit, window = min(limits, key=_left)
                shown.update(_headers(kind, limit, max(0, left), window.seconds_until_empty(now)))
        return shown


class Limiter:
    """All meters of one process.

    Args:
        workers: processes that share every limit; each lets its part through, rounded up.
    """

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._meters: dict[Subject, Meter] = {}

    def enter(self, limited: Sequence[tuple[Subject, RateLimits]], tokens: int, most_tokens: int, now: float) -> Entry:
        """Let one request through, or refuse it and count nothing.

        Args:
            limited: whose limits hold.
            tokens: what the request says it may take at most: its input, and its limit of output where it has one.
            most_tokens: the same with what is assumed where it has none; shortened where a limit is smaller.
            now: seconds of a clock that never goes back.

        Raises:
            LimitReached: one of the limits; says which, and when to try again.
        """
        parts = [(subject, self._meter(subject, now), self._part(limits)) for subject, limits in limited]
        smallest = min((part.tokens_per_minute or most_tokens for _, _, part in parts), default=most_tokens)
        reserved = max(tokens, min(most_tokens, smallest))
        for subject, meter, part in parts:
            _check(subject, meter, part, reserved, now)
        for _, meter, _ in parts:
            meter.running += 1
            meter.requests.add(1, now)
            meter.tokens.add(reserved, now)
        return Entry([(meter, part) for _, meter, part in parts], reserved, now)

    def _meter(self, subject: Subject, now: float) -> Meter:
        meter = self._meters.get(subject)
        if meter is None:
            if len(self._meters) >= _IDLE_LIMIT:
                self._meters = {known: kept for known, kept in self._meters.items() if not kept.idle(now)}
            meter = self._meters[subject] = Meter()
        return meter

    def _part(self, limits: RateLimits) -> RateLimits:
        if self._workers == 1:
            return limits
        return RateLimits(
            requests_per_minute=_part_of(limits.requests_per_minute, self._workers),
            tokens_per_minute=_part_of(limits.tokens_per_minute, self._workers),
            concurrency=_part_of(limits.concurrency, self._workers),
        )


def _part_of(limit: int | None, workers: int) -> int | None:
    return None if limit is None else ceil(limit / workers)


def _check(subject: Subject, meter: Meter, part: RateLimits, tokens: int, now: float) -> None:
    if part.concurrency is not None and meter.running >= part.concurrency:
        raise LimitReached(
            f"{subject} has {meter.running} requests running, the limit is {part.concurrency} at once: "
            "wait until one has ended",
            retry_after=1.0,
        )
    if part.requests_per_minute is not None and meter.requests.total(now) >= part.requests_per_minute:
        wait = meter.requests.seconds_until(part.requests_per_minute - 1, now)
        raise LimitReached(
            f"{subject} has sent {part.requests_per_minute} requests in the last 60 seconds, which is the limit: "
            f"try again in {ceil(wait)} s",
            retry_after=float(ceil(wait)),
            headers=_headers("requests", part.requests_per_minute, 0, wait),
        )
    limit = part.tokens_per_minute
    if limit is None or meter.tokens.total(now) + tokens <= limit:
        return
    if tokens > limit:
        raise LimitReached(
            f"this request may take {tokens} tokens, and {subject} may take {limit} in 60 seconds: "
            "send less, or a smaller max_tokens",
            retry_after=None,
        )
    wait = meter.tokens.seconds_until(limit - tokens, now)
    used = meter.tokens.total(now)
    raise LimitReached(
        f"{subject} has taken {used} of {limit} tokens in the last 60 seconds, and this request may take {tokens}: "
        f"try again in {ceil(wait)} s",
        retry_after=float(ceil(wait)),
        headers=_headers("tokens", limit, max(0, limit - used), wait),
    )


def _headers(kind: str, limit: int, left: int, wait: float) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{kind}": str(limit),
        f"x-ratelimit-remaining-{kind}": str(left),
        f"x-ratelimit-reset-{kind}": _duration(wait),
    }


def _left(limit: tuple[int, int, Window]) -> int:
    return limit[0]


def _duration(seconds: float) -> str:
    """As OpenAI writes it: ``1s``, ``6m0s``, ``20ms``."""
    if seconds < 1:
        return f"{round(1000 * seconds)}ms"
    minutes, rest = divmod(ceil(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
