"""Circuit: leaves an endpoint alone that fails, and finds out with one request whether it is back.

Here: the states closed, open, half-open of one endpoint. Not here: which endpoint is asked (``endpoints``), when a
request is tried again (``pipeline``).

Nygard 2007, Release It!, "Circuit Breaker". What is remembered of an endpoint are four numbers, whatever happens.
"""

from __future__ import annotations

import random
from collections.abc import Callable

FAILURES = 5
"""Failures in a row that open the circuit of an endpoint without an alternative."""
FIRST_REST = 1.0
"""Seconds an endpoint is left alone at first; doubled with every probe that fails."""
LONGEST_REST = 60.0
"""Seconds, also where an upstream's Retry-After asks for more."""


class Circuit:
    """``CircuitBreaker`` of one endpoint.

    Args:
        share: between 0 and 1, for jitter: processes that saw the same failure must not all probe at once.
    """

    def __init__(self, share: Callable[[], float] = random.random) -> None:
        self._share = share
        self._failures = 0
        self._rest = FIRST_REST
        self._open_until: float | None = None
        self._probing = False

    def wait(self, now: float) -> float:
        """Seconds until it may be asked: 0 now; while a probe is on its way, what the first rest would be."""
        if self._open_until is None:
            return 0.0
        return self._rest if self._probing else max(0.0, self._open_until - now)

    def enter(self) -> bool:
        """A request goes out, which ``wait`` allowed; says whether it is the probe. ``answered``, ``failed`` or
        ``abandoned`` must follow."""
        self._probing = self._open_until is not None
        return self._probing

    def answered(self) -> None:
        """The first piece of an answer came: whoever waits need not wait for its end."""
        self._open_until, self._probing = None, False

    def succeeded(self) -> None:
        """An answer came to its end, or the endpoint refused a request for what it said."""
        self.answered()
        self._failures, self._rest = 0, FIRST_REST

    def failed(self, now: float, *, probe: bool, alternatives: bool, retry_after: float | None) -> None:
        """The endpoint failed. With ``alternatives`` the first failure opens the circuit, for others can answer."""
        self._failures += 1
        if self._open_until is not None and not probe:
            return  # it went out before the circuit opened: a hundred such failures are one piece of news
        self._probing = False
        if probe or alternatives or self._failures >= FAILURES:
            # Between half and the whole: a rest of nearly nothing, as full jitter may give, would be none.
            rest = self._rest * (0.5 + self._share() / 2)
            self._open_until = now + min(max(rest, retry_after or 0.0), LONGEST_REST)
            self._rest = min(2 * self._rest, LONGEST_REST)

    def abandoned(self, *, probe: bool) -> None:
        """The caller left before anything was known: a probe that was, may be made again at once."""
        if probe:
            self._probing = False
