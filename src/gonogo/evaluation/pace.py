"""Pace: how many golden tasks are in flight, learned from how the upstream takes them.

Here: additive increase while latency stays near its floor, multiplicative decrease when an upstream limits or slows
down, pauses as it asks, and giving up on one that limits for ever. Not here: running tasks (``runner``).

The rule is that of TCP: doubling until the first sign of congestion, then one more a window and a part less at each
sign (Jacobson 1988, "Congestion avoidance and control"; Chiu and Jain 1989 show that this and no other of the linear
rules is fair and stable). A 429 halves; latency takes a fifth, and never below where a run starts: what is slow for its
own reasons must not bring a run to a stand.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping

from gonogo.clock import Clock
from gonogo.contracts import Felt, Provider
from gonogo.domain import Delta, ModelRequest
from gonogo.errors import CircuitOpen, ProviderFailed, TryAgain

START, LEAST, MOST = 8, 1, 64
"""Tasks in flight: at first, after however many limits, and at most."""
AFTER_LIMIT, AFTER_SLOW = 0.5, 0.8
NEAR, FAR = 1.5, 2.0
"""Latency of a window over its floor: under the first there is room for more, over the second there is too much. A
floor is the lowest median of a window so far, by model: single answers differ by their length, as much as by load."""
UNSEEN = 0.010
"""Seconds over the floor that say nothing: below them, our own work is what is measured."""
FLOOR_RISES = 1.01
"""A window, so that a floor from better days is forgotten."""
WINDOW = 16
"""Answers that are looked at together, at least; otherwise as many as are in flight."""
FEWEST = 4
"""Answers of a model in a window, below which its median says nothing."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds without a word of how long: doubled with every limit that no answer came between."""
PATIENCE = 120.0
"""Seconds without any answer, while the upstream limits, after which the rest of a run is given up."""
LIMITS = frozenset({429, 529})
MOST_TRIES = 10
"""Times that one task brings news of a limit before it counts as an error, while others are answered: what is too large
for the upstream's limit as a whole is refused so for ever."""


class UpstreamLimits(TryAgain):
    """The upstream takes no more for now. ``retry_after`` in seconds, ``None`` where it did not say; ``news`` whether
    nothing sent as early had told the same."""

    status = 429

    def __init__(self, message: str, *, retry_after: float | None) -> None:
        self.retry_after, self.news = retry_after, True
        super().__init__(message)


class Pace:
    """One for a run.

    Args:
        fixed: that many tasks in flight, whatever happens; ``None`` learns it. Pauses are kept in both cases.
        patience: seconds, as ``PATIENCE``.
    """

    def __init__(self, clock: Clock, *, fixed: int | None = None, patience: float = PATIENCE) -> None:
        self._clock, self._fixed, self._patience = clock, fixed, patience
        self._limit = float(START if fixed is None else max(1, fixed))
        self._doubling = fixed is None
        self._floors: dict[str, float] = {}
        self._window: defaultdict[str, list[float]] = defaultdict(list)
        self._seen, self._full = 0, WINDOW
        self._backed_off_at = -1.0
        self._limits_in_a_row = 0
        self._resumes_at = 0.0
        self._limited_since: float | None = None
        self.last_limit = ""
        self.most = self.limit

    @property
    def limit(self) -> int:
        """Tasks that may be in flight now."""
        return int(self._limit)

    @property
    def limited(self) -> bool:
        """Whether the last thing heard of the upstream is a limit."""
        return self._limited_since is not None

    def pause(self) -> float:
        """Seconds until the next task may start; 0 is now."""
        return max(0.0, self._resumes_at - self._clock.monotonic())

    def gave_up(self) -> str | None:
        """Why the rest of the run is not asked, where that is so: nothing but limits for longer than patience, or an
        upstream that asks for longer than that."""
        if self._limited_since is None:
            return None
        now = self._clock.monotonic()
        waited, wanted = now - self._limited_since, self._resumes_at - now
        if wanted > self._patience:
            return f"given up, as the upstream asks for {wanted:.0f} s of rest: {self.last_limit}"
        if waited < self._patience:
            return None
        return f"given up after {waited:.0f} s in which the upstream only limited: {self.last_limit}"

    def answered(self, model: str, began: float, seconds: float) -> None:
        """A model answered a call that ``began`` then (monotonic) in so many seconds."""
        self._limited_since, self._limits_in_a_row = None, 0
        if self._fixed is not None:
            return
        if began < self._backed_off_at:
            return  # it was sent before the last step back and says nothing of how things are since
        self._window[model].append(seconds)
        self._seen += 1
        if self._doubling:
            self._to(self._limit + 1.0)
        if self._seen >= self._full:
            self._look()

    def refused(self, began: float, message: str, retry_after: float | None) -> bool:
        """A call that ``began`` then was limited; whether that is news, and not what others sent as early have told."""
        now = self._clock.monotonic()
        self.last_limit = message
        if self._limited_since is None:
            self._limited_since = now
        news = began >= self._backed_off_at
        if news:
            self._limits_in_a_row += 1
            self._step_back(now, AFTER_LIMIT, LEAST)
        wait = retry_after
        if wait is None and news:
            wait = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(10, self._limits_in_a_row - 1))
        self._resumes_at = max(self._resumes_at, now + (wait or 0.0))
        return news

    def _look(self) -> None:
        ratio = self._over_the_floor()
        self._forget()
        if ratio > FAR:
            self._step_back(self._clock.monotonic(), AFTER_SLOW, START)
        elif ratio <= NEAR and not self._doubling:
            self._to(self._limit + 1.0)
        elif ratio > NEAR:
            self._doubling = False

    def _over_the_floor(self) -> float:
        """Median latency of the window over its floor, by model; of several the mean, by how often each answered.
        Floors take note."""
        total, weight = 0.0, 0
        for model, seconds in self._window.items():
            if len(seconds) < FEWEST:
                continue
            median = statistics.median(seconds)
            floor = self._floors[model] = min(median, self._floors.get(model, median) * FLOOR_RISES)
            total += len(seconds) * (1.0 if median - floor <= UNSEEN else median / max(floor, UNSEEN))
            weight += len(seconds)
        return total / weight if weight else 1.0

    def _forget(self) -> None:
        self._window.clear()
        self._seen, self._full = 0, max(WINDOW, self.limit)

    def _step_back(self, now: float, share: float, least: int) -> None:
        self._backed_off_at, self._doubling = now, False
        if self._fixed is None:
            self._limit = max(float(min(least, self.limit)), self._limit * share)
        self._forget()

    def _to(self, limit: float) -> None:
        self._limit = min(float(MOST), limit)
        self.most = max(self.most, self.limit)


class Watched:
    """A Provider whose calls are told to ``felt``, and that is otherwise as it is: for judges, who wait and ask again
    by themselves. Its models have floors of their own: what a judge is asked is another length.
    """

    role = "judge "

    def __init__(self, provider: Provider, felt: Felt, clock: Clock) -> None:
        self._provider, self._felt, self._clock = provider, felt, clock

    @property
    def name(self) -> str:
        return self._provider.name

    async def generate(self, request: ModelRequest) -> AsyncGenerator[Delta, None]:
        """As the provider.

        Raises:
            ProviderFailed: as the provider.
        """
        began = self._clock.monotonic()
        answer = self._provider.generate(request)
        try:
            async for delta in answer:
                yield delta
        except ProviderFailed as error:
            if self._is_limit(error):
                self._limited(error, self._felt.refused(began, str(error), error.retry_after))
            raise
        finally:
            close = getattr(answer, "aclose", None)
            if close is not None:
                await close()
        self._felt.answered(self.role + request.model, began, self._clock.monotonic() - began)

    async def close(self) -> None:
        """Whoever made the provider closes it."""

    def _limited(self, error: ProviderFailed, news: bool) -> None:
        """What follows from a limit, beside the error."""

    def _is_limit(self, error: ProviderFailed) -> bool:
        if isinstance(error, CircuitOpen):
            return self._felt.limited  # it rests because of those limits, and says for how long
        # Out of money is a 429 too, and no waiting helps.
        return error.retryable and error.upstream_status in LIMITS


class PacedProvider(Watched):
    """A Provider whose calls are told to ``felt``. A limit is no answer and no failure: it is raised as
    ``UpstreamLimits``, past retries and fallbacks of the pipeline, so that the task is asked again from its start and
    its answer, latency and model are those of one undisturbed request."""

    role = ""

    def _limited(self, error: ProviderFailed, news: bool) -> None:
        limits = UpstreamLimits(str(error), retry_after=error.retry_after)
        limits.news = news
        raise limits from error


def paced(providers: Mapping[str, Provider], felt: Felt, clock: Clock) -> dict[str, Provider]:
    """Every provider of a Version, felt by one pace."""
    return {name: PacedProvider(provider, felt, clock) for name, provider in providers.items()}
