"""EndpointUse: which address a call went to, and what was known of the others then.

Here: the noun as a Trace keeps it. Not here: choosing an address (``providers``).
"""

from __future__ import annotations

from msgspec import Struct


class EndpointUse(Struct, frozen=True, kw_only=True):
    """One address of a provider as one call used it.

    ``probe``: the address had failed, and this call was to find out whether it is back. ``resting``: the addresses of
    the same provider that were left out because they had failed.
    """

    name: str
    probe: bool = False
    resting: tuple[str, ...] = ()

    def __str__(self) -> str:
        noted = ["probe"] * self.probe + [f"resting: {', '.join(self.resting)}"] * bool(self.resting)
        return f"{self.name} ({'; '.join(noted)})" if noted else self.name
