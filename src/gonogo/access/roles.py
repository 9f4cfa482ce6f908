"""Roles: who may do what, defined here once. Each role may do what those before it may.

Here: the order, and the least role for each action. Not here: which route is which action (``gateway``, ``console``);
a test compares every route of the server with this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from gonogo.domain import Role

ROLES: tuple[Role, ...] = get_args(Role)
Action = Literal[
    "ask",
    "look",
    "annotate",
    "ask_version",
    "build",
    "evaluate",
    "deploy",
    "override",
    "manage_keys",
    "see_costs",
    "keep_store",
]

LEAST: Mapping[Action, Role] = {
    "ask": "viewer",  # what is live, through /v1
    "look": "viewer",  # pages, Traces, Versions and Verdicts of the own tenant
    "annotate": "annotator",  # say what one thinks of an answer
    "ask_version": "developer",  # `support@7`: one Version, live or not; stays out of rates and cache
    "build": "developer",
    "evaluate": "developer",
    "see_costs": "developer",
    "deploy": "deployer",  # and roll back
    "override": "admin",  # deploy without GO
    "manage_keys": "admin",
    "keep_store": "admin",  # forget a person, drop what no Version needs
}


_RANK: Mapping[Role, int] = {role: rank for rank, role in enumerate(ROLES)}


def allows(held: Role, needed: Role) -> bool:
    """Whether a holder of ``held`` may do what needs ``needed``."""
    return _RANK[held] >= _RANK[needed]


def may(held: Role, action: Action) -> bool:
    """Whether a role may do something."""
    return allows(held, LEAST[action])
