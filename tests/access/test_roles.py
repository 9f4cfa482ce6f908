"""Each role may do what those before it may."""

from __future__ import annotations

import itertools

import pytest

from gonogo.access import ROLES, Role, allows


def test_the_roles_are_in_order_of_what_they_may_do() -> None:
    assert ROLES == ("viewer", "annotator", "developer", "deployer", "admin")


@pytest.mark.parametrize(("held", "needed"), list(itertools.product(ROLES, ROLES)))
def test_a_role_allows_itself_and_those_before_it(held: Role, needed: Role) -> None:
    assert allows(held, needed) is (ROLES.index(held) >= ROLES.index(needed))
