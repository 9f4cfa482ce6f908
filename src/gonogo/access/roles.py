"""Roles: each may do what those before it may.

Here: the order. Not here: which route needs which role (``gateway``).
"""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["viewer", "annotator", "developer", "deployer", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)


def allows(held: Role, needed: Role) -> bool:
    """Whether a holder of ``held`` may do what needs ``needed``."""
    return ROLES.index(held) >= ROLES.index(needed)
