"""keys: create, list, revoke."""

from __future__ import annotations


def test_a_secret_is_shown_once_and_alone_on_standard_output(shell):
    said = shell.fine("keys", "create", "--role", "developer")
    assert said.out.startswith("gng_")
    assert said.out.count("\n") == 1
    assert said.out.strip() not in shell.fine("keys", "list").out


def test_the_first_key_says_what_changes(shell):
    assert "From now on every request needs a key" in shell.fine("keys", "create").err
    assert "From now on" not in shell.fine("keys", "create").err


def test_keys_are_listed_with_role_and_state(shell):
    made = shell.fine("keys", "create", "--role", "admin", "--json").json
    [line] = shell.fine("keys", "list").out.splitlines()[1:]
    assert line.split()[:3] == [made["id"], "admin", "default"]
    shell.fine("keys", "revoke", made["id"])
    [row] = shell.fine("keys", "list", "--json").json
    assert row["revoked_at"] >= row["created_at"]


def test_without_keys_the_listing_says_what_that_means(shell):
    assert "this machine only" in shell.fine("keys", "list").out
    assert shell.fine("keys", "list", "--json").json == []


def test_a_key_that_is_not_there_or_revoked_already_cannot_be_revoked(shell):
    said = shell("keys", "revoke", "nobody")
    assert said.code == 65
    assert "gonogo keys list" in said.err


def test_an_unknown_role_is_a_usage_error_that_names_the_known(shell):
    said = shell("keys", "create", "--role", "king")
    assert said.code == 2
    assert "'viewer'" in said.err
