"""Environment and Deployment: a named place that serves a Version, and one change of it.

Here: the nouns. Not here: moving the pointer (``deployments``), storing it (``store``).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

DeploymentKind = Literal["deploy", "rollback"]


class Environment(Struct, frozen=True, kw_only=True):
    """What serves now. ``revision`` grows by one with every change; compare-and-swap tests it.

    ``previous`` is the Version a rollback returns to.
    """

    mission: str
    name: str
    version: int
    revision: int
    deployment_id: str
    previous: int | None = None
    tenant: str = "default"


class Deployment(Struct, frozen=True, kw_only=True):
    """One change of an Environment: who, when, why, which Verdict.

    ``override`` is the reason somebody gave for deploying without GO; it is shown for ever. ``advisory``: the gate
    could prove nothing. ``edit_to_live`` in seconds, from the newest edit of the folder to this change.
    """

    id: str
    mission: str
    environment: str
    version: int
    previous: int | None
    kind: DeploymentKind
    author: str
    created_at: float
    revision: int
    verdict_id: str | None = None
    reason: str = ""
    override: str | None = None
    advisory: bool = False
    edit_to_live: float | None = None
    tenant: str = "default"
    format: int = 1
