"""Each role may do what those before it may, and the table says the least role for each action."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from gonogo.access import LEAST, ROLES, Action, Role, allows, may


def test_the_roles_are_in_order_of_what_they_may_do() -> None:
    assert ROLES == ("viewer", "annotator", "developer", "deployer", "admin")


@pytest.mark.parametrize(("held", "needed"), list(itertools.product(ROLES, ROLES)))
def test_a_role_allows_itself_and_those_before_it(held: Role, needed: Role) -> None:
    assert allows(held, needed) is (ROLES.index(held) >= ROLES.index(needed))


def test_every_action_has_a_least_role_and_every_role_something_of_its_own() -> None:
    assert set(LEAST) == set(get_args(Action))
    assert set(LEAST.values()) == set(ROLES)


def test_nobody_below_admin_may_deploy_against_the_gate_or_make_keys() -> None:
    for role in ROLES[:-1]:
        assert not may(role, "override")
        assert not may(role, "manage_keys")
    assert may("admin", "override")
