"""Endpoints: one provider at several addresses, by weight, observed latency and health.

Here: choosing the address of a call, and learning from how it went. Not here: states of one address (``circuit``),
trying again (``pipeline``), what is sent (``openai_compatible``).

The share of an address is its weight times how its latency compares with the fastest one's, at least a tenth of it: an
address that was slow once is still measured. Latency is the time to the first piece of an answer, smoothed, by model.
What is learned stands outside every digest and is lost with the process.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from urllib.parse import urlsplit

from gonogo.clock import Clock
from gonogo.contracts import CircuitBreaker, Provider
from gonogo.domain import Delta, EndpointUse, ModelRequest
from gonogo.errors import CircuitOpen, ProviderFailed
from gonogo.providers.circuit import Circuit

SMOOTHING = 0.2
"""Weight of a new latency against the smoothed one."""
SMALLEST_SHARE = 0.1
"""Of its weight, for an address however slow."""
MOST_MODELS = 64
"""Models whose latency an address remembers; the one unused for longest is forgotten."""
_OF_THE_ENDPOINT = frozenset({401, 403, 408, 425, 429})
"""Refusals that say something of the address and not of the request."""


class Endpoint:
    """One address. ``weight`` is its share against the others' while all are equally fast."""

    def __init__(
        self, name: str, provider: Provider, *, weight: float = 1.0, circuit: CircuitBreaker | None = None
    ) -> None:
        self.name, self.provider, self.weight = name, provider, weight
        self.circuit: CircuitBreaker = circuit or Circuit()
        self.last_failure = ""
        self._latencies: OrderedDict[str, float] = OrderedDict()

    def latency(self, model: str) -> float | None:
        """Smoothed seconds to the first piece; ``None`` before the first answer."""
        return self._latencies.get(model)

    def answered(self, model: str, seconds: float) -> None:
        """Note the first piece of an answer."""
        self.circuit.answered()
        known = self._latencies.pop(model, seconds)
        self._latencies[model] = known + SMOOTHING * (seconds - known)
        if len(self._latencies) > MOST_MODELS:
            self._latencies.popitem(last=False)


class EndpointPool:
    """A Provider over addresses of the same models. Every answer opens with a Delta that names the address.

    Args:
        name: what the provider is called in ``mission.yaml``.
        endpoints: at least one.
        share: between 0 and 1, evenly; chooses among the addresses.
    """

    def __init__(
        self, name: str, endpoints: Sequence[Endpoint], clock: Clock, *, share: Callable[[], float] = random.random
    ) -> None:
        self._name, self._endpoints, self._clock, self._share = name, tuple(endpoints), clock, share

    def __repr__(self) -> str:
        return f"EndpointPool({self._name!r}, {[endpoint.name for endpoint in self._endpoints]})"

    @property
    def name(self) -> str:
        return self._name

    async def generate(self, request: ModelRequest) -> AsyncGenerator[Delta, None]:
        """Ask one address.

        Raises:
            CircuitOpen: all have failed, and it is too early to ask one again; nothing was asked.
            ProviderFailed: the address did.
        """
        endpoint, use = self._enter(request.model)
        known = False
        answer = endpoint.provider.generate(request)
        try:
            yield Delta(endpoint=use)
            started: float | None = self._clock.monotonic()
            async for delta in answer:
                if started is not None:
                    endpoint.answered(request.model, self._clock.monotonic() - started)
                    started = None
                yield delta
            known = True
            endpoint.circuit.succeeded()
        except ProviderFailed as error:
            known = True
            if _says_something_of_the_endpoint(error):
                self._failed(endpoint, error, probe=use.probe)
            else:
                endpoint.circuit.succeeded()
            raise
        finally:
            if not known:
                endpoint.circuit.abandoned(probe=use.probe)
            close = getattr(answer, "aclose", None)
            if close is not None:
                await close()

    async def close(self) -> None:
        """Give back the connections of every address."""
        for endpoint in self._endpoints:
            await endpoint.provider.close()

    def _enter(self, model: str) -> tuple[Endpoint, EndpointUse]:
        now = self._clock.monotonic()
        if len(self._endpoints) == 1:
            [only] = self._endpoints
            if wait := only.circuit.wait(now):
                raise self._all_rest(wait)
            return only, EndpointUse(name=only.name, probe=only.circuit.enter())
        waits = {endpoint: endpoint.circuit.wait(now) for endpoint in self._endpoints}
        ready = [endpoint for endpoint, wait in waits.items() if not wait]
        if not ready:
            raise self._all_rest(min(waits.values()))
        chosen = self._chosen(ready, model)
        probe = chosen.circuit.enter()
        resting = tuple(endpoint.name for endpoint, wait in waits.items() if wait)
        return chosen, EndpointUse(name=chosen.name, probe=probe, resting=resting)

    def _chosen(self, ready: Sequence[Endpoint], model: str) -> Endpoint:
        known = [latency for endpoint in ready if (latency := endpoint.latency(model)) is not None]
        fastest = min(known, default=0.0)
        shares = []
        for endpoint in ready:
            # An address nobody has measured counts as the fastest: that is how it comes to be measured.
            latency = endpoint.latency(model) or fastest
            slower = fastest / latency if latency > 0 else 1.0
            shares.append(endpoint.weight * max(SMALLEST_SHARE, slower))
        left = self._share() * sum(shares)
        for endpoint, share in zip(ready, shares, strict=True):
            left -= share
            if left < 0:
                return endpoint
        return ready[-1]

    def _failed(self, endpoint: Endpoint, error: ProviderFailed, *, probe: bool) -> None:
        now = self._clock.monotonic()
        alternatives = any(not other.circuit.wait(now) for other in self._endpoints if other is not endpoint)
        endpoint.last_failure = str(error)
        endpoint.circuit.failed(now, probe=probe, alternatives=alternatives, retry_after=error.retry_after)
        if alternatives:
            # The next try goes to another address: it need not wait for this one, whatever this one asked for.
            error.retryable, error.retry_after = True, None

    def _all_rest(self, wait: float) -> CircuitOpen:
        names = ", ".join(endpoint.name for endpoint in self._endpoints)
        last = next((endpoint.last_failure for endpoint in self._endpoints if endpoint.last_failure), "no reason known")
        return CircuitOpen(
            f"{self._name} failed again and again and is left alone for {wait:.1f} s more ({names}); it last failed "
            f"with: {last}",
            provider=self._name,
            retryable=True,
            retry_after=wait,
        )


def endpoint_names(base_urls: Sequence[str]) -> list[str]:
    """A short name for each address: host and port, with the path where two share them, numbered where that is not
    enough either."""
    split = [urlsplit(url) for url in base_urls]
    hosts = [parts.netloc for parts in split]
    names = [
        parts.netloc if hosts.count(parts.netloc) == 1 else f"{parts.netloc}{parts.path.rstrip('/')}" for parts in split
    ]
    return [
        name if names.count(name) == 1 else f"{name} #{names[:at].count(name) + 1}" for at, name in enumerate(names)
    ]


def _says_something_of_the_endpoint(error: ProviderFailed) -> bool:
    status = error.upstream_status
    return status is None or not 400 <= status < 500 or status in _OF_THE_ENDPOINT
