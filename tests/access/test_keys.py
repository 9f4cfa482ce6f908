"""Keys are long, random, shown once and kept as keyed hashes."""

from __future__ import annotations

import hashlib
import hmac
import re

import pytest
from msgspec import structs

from gonogo.access import hash_key, id_of, new_key, opens_until, rehashed, rotated

PEPPER = b"sixteen bytes or more"
FOREVER = float("inf")


def made(**more):
    return new_key(PEPPER, created_at=1.0, **more)


def plain(key, secret):
    """The key as an earlier gonogo kept it."""
    return structs.replace(key, hashed=hashlib.sha256(secret.encode()).hexdigest())


def test_a_key_names_itself_and_is_long_enough_to_need_no_slow_hash():
    key = made()
    assert re.fullmatch(r"gng_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", key.secret)
    assert id_of(key.secret) == key.id


def test_what_is_kept_is_a_keyed_hash_and_tells_nothing_of_the_secret():
    key = made()
    expected = hmac.new(PEPPER, key.secret.encode(), hashlib.sha256).hexdigest()
    assert key.key.hashed == hash_key(key.secret, PEPPER) == f"hmac-sha256:{expected}"
    assert key.secret not in key.key.hashed


def test_no_two_keys_are_the_same():
    keys = [made() for _ in range(200)]
    assert len({key.secret for key in keys}) == len({key.id for key in keys}) == 200


@pytest.mark.parametrize(
    "odd", ["", "\ud800", "ž" * 1000, "\x00", "gng_", "gng__", "gng_a_\ud800", "gng_" + "a" * 99 + "_b"]
)
def test_anything_a_client_may_send_has_a_hash_and_opens_nothing(odd):
    assert len(hash_key(odd, PEPPER)) == len("hmac-sha256:") + 64
    assert opens_until(made().key, odd, PEPPER, 5.0) is None


@pytest.mark.parametrize(
    ("secret", "key_id"), [("gng_ab_c", "ab"), ("gng_ab_c_d", "ab"), ("sk-ab", None), ("gng_ab", None)]
)
def test_a_secret_says_whose_it_is(secret, key_id):
    assert id_of(secret) == key_id


def test_only_its_own_secret_opens_a_key():
    key, other = made(), made()
    assert opens_until(key.key, key.secret, PEPPER, 5.0) == FOREVER
    assert opens_until(key.key, other.secret, PEPPER, 5.0) is None
    assert opens_until(key.key, key.secret, b"another pepper here", 5.0) is None


def test_an_expired_or_revoked_key_opens_nothing():
    key = made(expires_at=10.0)
    assert opens_until(key.key, key.secret, PEPPER, 9.9) == 10.0
    assert opens_until(key.key, key.secret, PEPPER, 10.0) is None
    assert opens_until(structs.replace(key.key, revoked_at=3.0), key.secret, PEPPER, 5.0) is None


def test_after_a_rotation_the_old_secret_opens_until_the_stated_moment_and_the_one_before_no_longer():
    first = made(expires_at=100.0)
    second = rotated(first.key, PEPPER, old_until=50.0)
    third = rotated(second.key, PEPPER, old_until=60.0)
    assert opens_until(second.key, first.secret, PEPPER, 49.0) == 50.0
    assert opens_until(second.key, first.secret, PEPPER, 50.0) is None
    assert opens_until(second.key, second.secret, PEPPER, 50.0) == 100.0
    assert opens_until(third.key, first.secret, PEPPER, 49.0) is None
    assert opens_until(third.key, second.secret, PEPPER, 49.0) == 60.0
    assert (third.id, third.key.created_at) == (first.id, first.key.created_at)


def test_an_overlap_never_outlives_the_key():
    first = made(expires_at=10.0)
    second = rotated(first.key, PEPPER, old_until=50.0)
    assert opens_until(second.key, first.secret, PEPPER, 9.0) == 10.0


def test_a_key_kept_as_a_plain_hash_opens_and_is_hashed_anew():
    key = made()
    old = plain(key.key, key.secret)
    assert opens_until(old, key.secret, PEPPER, 5.0) == FOREVER
    assert rehashed(old, key.secret, PEPPER) == key.key
    assert rehashed(old, key.secret + "x", PEPPER) is None
    assert rehashed(key.key, key.secret, PEPPER) is None
