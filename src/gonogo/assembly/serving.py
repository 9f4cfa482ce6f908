"""Serving: what is live, in memory, and the Components that answer for it.

Here: ``support``, ``support:staging`` and ``support@7`` to a Version with its Components; following the Environments;
recording Traces even while the store is down. Not here: answering (``pipeline``), HTTP (``gateway``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from gonogo.access import LEAST, Role, may
from gonogo.assembly.allowances import NO_LIMIT, Allowances, Grant
from gonogo.assembly.reference import Reference, parse_reference
from gonogo.clock import Clock
from gonogo.contracts import Caller, Components, Store, TraceStore
from gonogo.domain import Environment, Price, Request, Trace, Version
from gonogo.errors import GonogoError, NotAllowed, NotFound
from gonogo.store import TraceSpool

log = logging.getLogger("gonogo.serving")
FOLLOW_EVERY = 0.5
"""Seconds between looks at the Environments; a change made by another process holds here within one second."""
DEFAULT_ENVIRONMENT = "production"


class Unservable(GonogoError):
    """What is live cannot be answered for by this installation; the message says what it lacks."""

    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What one request runs on, to its end. ``counts``: it is live traffic, so it enters rates and cache.

    ``recorded``: its Trace is kept.
    """

    version: Version
    components: Components
    environment: str
    counts: bool = True
    recorded: bool = True


class Serving:
    """One for the life of a server process.

    Args:
        components: builds, or gives again, the Components of a Version.
        allowances: limits and budgets; ``None`` where there are none.
    """

    def __init__(
        self,
        store: Store,
        components: Callable[[Version], Awaitable[Components]],
        clock: Clock,
        spool: TraceSpool,
        allowances: Allowances | None = None,
    ) -> None:
        self.clock, self.allowances = clock, allowances
        self._store, self._components, self._spool = store, components, spool
        self._live: dict[tuple[str, str], tuple[Environment, Served]] = {}
        self._broken: dict[tuple[str, str], str] = {}
        self._following: asyncio.Task[None] | None = None
        self.observers: list[Callable[[Trace], None]] = []
        """Told of every Trace that was to be recorded; they must be quick and never raise."""

    async def start(self) -> None:
        """Load what is live, then follow changes until ``stop``. What cannot be served is named by ``health``."""
        await self.refresh()
        self._following = asyncio.create_task(self._follow())
        if self.allowances is not None:
            await self.allowances.start()

    async def stop(self) -> None:
        """Stop following, settle budgets and bring spooled Traces home where the store is back."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        if self.allowances is not None:
            await self.allowances.stop()
        await self._bring_home()

    async def refresh(self) -> None:
        """Take over every Environment as the store has it now. A running request keeps its Version.

        An Environment whose new Version cannot be served here keeps the old one, and holds up no other.
        """
        for environment in await self._store.environments():
            place = (environment.mission, environment.name)
            known = self._live.get(place)
            if known is not None and known[0].revision >= environment.revision:
                continue
            try:
                await self._take_over(environment)
                self._broken.pop(place, None)
            except GonogoError as error:
                if self._broken.get(place) != str(error):
                    log.error("%s:%s cannot be served here: %s", *place, error)
                self._broken[place] = str(error)

    async def follow(self) -> None:
        """``refresh`` for one who has moved a pointer: that stands, so nothing is raised if the store fails now."""
        try:
            await self.refresh()
        except GonogoError as error:
            # What is live stays live: a store that is down for a while must not stop answers.
            log.warning("cannot follow the store, serving what was live: %s", error)

    async def resolve(self, model: str, role: Role) -> Served:
        """What answers for a model name.

        Raises:
            NotFound: no such Mission, Environment or Version; names the nearest.
            NotAllowed: ``support@7`` needs the role developer.
        """
        reference = parse_reference(model)
        if reference.version is not None:
            return await self._by_version(reference, role)
        environment = reference.environment or DEFAULT_ENVIRONMENT
        live = self._live.get((reference.mission, environment))
        if live is None:
            await self.refresh()
            live = self._live.get((reference.mission, environment))
        if live is None:
            broken = self._broken.get((reference.mission, environment))
            raise Unservable(broken) if broken else NotFound(self._nobody(reference.mission, environment))
        return live[1]

    def most_output(self, caller: Caller, mission: str) -> int | None:
        """Tokens that the limits of a caller allow all answers to one request; ``None``: no limit."""
        return None if self.allowances is None else self.allowances.most_output(caller, mission)

    async def admit(self, caller: Caller, request: Request, served: Served) -> Grant:
        """Reserve what a request may take of the limits and budgets that hold for it.

        Raises:
            LimitReached, BudgetSpent, NotPriced: it may not run now.
        """
        if self.allowances is None:
            return NO_LIMIT
        return await self.allowances.admit(caller, request, served.version, served.components)

    async def admit_texts(self, caller: Caller, texts: Sequence[str], name: str, price: Price | None) -> Grant:
        """The same for texts that no Mission answers; ``price`` of what reads them, called ``name``.

        Raises:
            LimitReached, BudgetSpent, NotPriced: it may not run now.
        """
        if self.allowances is None:
            return NO_LIMIT
        return await self.allowances.admit_texts(caller, texts, name, price)

    def record_now(self, trace: Trace) -> bool:
        """Make a Trace durable without waiting, where its spool can: ``False``, and nothing done, where not.

        Raises:
            StoreBusy: it can, but there is no room; the Trace is kept nowhere.
        """
        if not self._spool.keep_now((trace,)):
            return False
        for observe in self.observers:
            observe(trace)
        return True

    async def record(self, trace: Trace) -> None:
        """Make a Trace durable: in the store, or in the spool while the store cannot write."""
        try:
            await self._spool.keep(self._store, [trace])
        finally:
            for observe in self.observers:
                observe(trace)

    async def listed(self) -> list[tuple[str, str, float]]:
        """(model name, Version it serves, since when) for ``/v1/models``."""
        try:
            await self.refresh()
        except GonogoError as error:
            log.warning("listing what was live: %s", error)
        rows = []
        for (mission, name), (_, served) in sorted(self._live.items()):
            shown = mission if name == DEFAULT_ENVIRONMENT else f"{mission}:{name}"
            rows.append((shown, served.version.name, served.version.created_at))
        return rows

    @property
    def traces(self) -> TraceStore:
        """Where Traces are kept."""
        return self._store

    def spooled(self) -> int:
        """Bytes of Traces that wait in the spool."""
        return self._spool.size()

    async def health(self) -> dict[str, object]:
        """``ok`` when the store takes a write; what is live, what cannot be served; bytes waiting in the spool."""
        healthy = await self._store.healthy()
        return {
            "status": "ok" if healthy else "store down",
            "store": "ok" if healthy else "cannot write",
            "spooled_bytes": self._spool.size(),
            "live": {f"{mission}:{name}": served.version.name for (mission, name), (_, served) in self._live.items()},
            "broken": {f"{mission}:{name}": reason for (mission, name), reason in self._broken.items()},
        }

    async def _by_version(self, reference: Reference, role: Role) -> Served:
        if not may(role, "ask_version"):
            raise NotAllowed(f"asking for one Version ({reference}) needs the role {LEAST['ask_version']}")
        version = await self._store.version(reference.mission, reference.version or 0)
        if version is None:
            raise NotFound(f"there is no {reference}; `gonogo log {reference.mission}` lists its Versions")
        return Served(version=version, components=await self._components(version), environment="", counts=False)

    async def _take_over(self, environment: Environment) -> None:
        version = await self._store.version(environment.mission, environment.version)
        if version is None:
            raise NotFound(f"{environment.mission}@{environment.version} is live but not in the store")
        served = Served(version=version, components=await self._components(version), environment=environment.name)
        known = self._live.get((environment.mission, environment.name))
        if known is not None and known[0].revision >= environment.revision:
            return  # another look at the store was faster, and saw a newer change
        self._live[environment.mission, environment.name] = (environment, served)
        log.info("%s:%s now serves %s", environment.mission, environment.name, version.name)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(FOLLOW_EVERY)
            try:
                await self.follow()
                await self._bring_home()
            except GonogoError as error:
                log.warning("Traces stay in the spool: %s", error)
            except Exception:  # whatever it is, following must not end: later deployments would never hold here
                log.exception("cannot follow the store, serving what was live")

    async def _bring_home(self) -> None:
        await self._spool.bring_home(self._store)

    def _nobody(self, mission: str, environment: str) -> str:
        known = sorted({name for name, _ in self._live})
        if mission in known:
            places = ", ".join(sorted(name for known_mission, name in self._live if known_mission == mission))
            return f"{mission} is not deployed to '{environment}'; it is live in: {places}"
        close = get_close_matches(mission, known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"live are: {', '.join(known) or 'none'}."
        return f"no Mission '{mission}' is deployed here; {hint} Deploy one with `gonogo deploy {mission}@N`"
