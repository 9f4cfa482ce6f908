"""Keys are long, random, shown once and kept as hashes."""

from __future__ import annotations

import re

import pytest

from gonogo.access import hash_key, new_key


def test_a_key_names_itself_and_is_long_enough_to_need_no_slow_hash() -> None:
    made = new_key()

    assert re.fullmatch(r"gng_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", made.secret)
    assert made.secret.split("_")[1] == made.id


def test_what_is_kept_is_the_hash_and_tells_nothing_of_the_secret() -> None:
    made = new_key()

    assert made.hashed == hash_key(made.secret)
    assert re.fullmatch(r"[0-9a-f]{64}", made.hashed)
    assert made.secret not in made.hashed


def test_no_two_keys_are_the_same() -> None:
    made = [new_key() for _ in range(200)]

    assert len({key.secret for key in made}) == len({key.id for key in made}) == 200


@pytest.mark.parametrize("odd", ["", "\ud800", "ž" * 1000, "\x00"])
def test_anything_a_client_may_send_has_a_hash(odd: str) -> None:
    assert len(hash_key(odd)) == 64


def test_a_different_secret_has_a_different_hash() -> None:
    assert hash_key("gng_a") != hash_key("gng_b")
