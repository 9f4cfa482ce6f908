"""keys: create, list, rotate, revoke."""

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


def test_a_rotated_key_keeps_its_id_and_has_another_secret_shown_once(shell):
    made = shell.fine("keys", "create", "--json").json
    said = shell.fine("keys", "rotate", made["id"], "--overlap", "2h")
    assert said.out.strip().startswith(f"gng_{made['id']}_")
    assert said.out.strip() != made["secret"]
    assert "opens for 2 hours" in said.err
    rotated = shell.fine("keys", "rotate", made["id"], "--json").json
    [row] = shell.fine("keys", "list", "--json").json
    assert row["old_secret_until"] == rotated["old_secret_until"] > row["created_at"] + 23 * 3600


def test_what_a_key_carries_is_shown_and_no_hash_ever(shell):
    words = ["--name", "the shop", "--expires", "30d", "--tenant", "acme"]
    made = shell.fine("keys", "create", *words, "--json").json
    assert made["expires_at"] is not None
    [row] = shell.fine("keys", "list", "--json").json
    assert (row["name"], row["tenant"], row["state"]) == ("the shop", "acme", "valid")
    assert not [name for name in row if "hash" in name]
    listed = shell.fine("keys", "list").out
    assert "the shop" in listed
    assert "until 20" in listed


def test_a_key_that_is_gone_cannot_be_rotated(shell):
    assert "gonogo keys list" in shell("keys", "rotate", "nobody").err
    made = shell.fine("keys", "create", "--json").json
    shell.fine("keys", "revoke", made["id"], "--json")
    said = shell("keys", "rotate", made["id"])
    assert said.code == 65
    assert "is revoked and opens nothing" in said.err


def test_a_length_that_is_none_is_a_usage_error_that_shows_how(shell):
    said = shell("keys", "create", "--expires", "soon")
    assert said.code == 2
    assert "30d" in said.err


def test_a_home_whose_pepper_others_can_read_is_refused(shell):
    shell.fine("keys", "create")
    (shell.home / "keys.pepper").chmod(0o644)
    said = shell("keys", "create")
    assert said.code == 65
    assert "chmod 600" in said.err


def test_limits_and_a_budget_of_a_key_are_kept_and_listed(shell):
    words = [
        "--requests-per-minute",
        "60",
        "--tokens-per-minute",
        "9000",
        "--concurrency",
        "2",
        "--max-output-tokens",
        "500",
        "--daily-budget",
        "2.5",
    ]
    made = shell.fine("keys", "create", *words, "--mission", "support", "--json").json
    assert made["limits"] == {
        "requests_per_minute": 60, "tokens_per_minute": 9000, "concurrency": 2, "max_output_tokens": 500,
    }  # fmt: skip
    assert (made["daily_budget"], made["missions"]) == (2.5, ["support"])
    listed = shell.fine("keys", "list").out
    assert "60 requests/min, 9000 tokens/min, 2 at once, 500 tokens out, $2.5/day" in listed
    assert shell("keys", "create", "--daily-budget", "-1").code == 2


def test_what_a_key_may_take_is_changed_piece_by_piece_and_lifted(shell):
    made = shell.fine("keys", "create", "--concurrency", "2", "--daily-budget", "5").out.split("_")[1]
    said = shell.fine("keys", "limit", made, "--requests-per-minute", "9", "--lift", "concurrency")
    assert f"Key {made} may take: 9 requests/min, $5/day." in said.out
    changed = shell.fine("keys", "limit", made, "--daily-budget", "0", "--json").json
    assert (changed["limits"]["requests_per_minute"], changed["daily_budget"]) == (9, 0)
    gone = shell.fine("keys", "limit", made, "--lift", "daily-budget", "--lift", "requests-per-minute")
    assert "whatever the settings allow" in gone.out
    assert shell.fine("keys", "list", "--json").json[0]["limits"]["concurrency"] is None


def test_a_change_that_says_nothing_or_contradicts_itself_is_refused(shell):
    made = shell.fine("keys", "create", "--json").json["id"]
    assert shell("keys", "limit", made).code == 2
    assert shell("keys", "limit", made, "--concurrency", "1", "--lift", "concurrency").code == 2
    assert shell("keys", "limit", "nobody", "--concurrency", "1").code == 65
