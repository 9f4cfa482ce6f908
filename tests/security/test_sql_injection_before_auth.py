"""Values are parameters; keys are keyed hashes compared in constant time; a key that opens nothing writes nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import gonogo
from gonogo.access import hash_key

SOURCE = Path(gonogo.__file__).parent
HOSTILE = (
    "' OR 1=1 --",
    "x'; DROP TABLE keys; --",
    '" OR ""="',
    "gng_1' OR '1'='1_x",
    "gng_%_x",
    "\\",
    "gng_00000000_x",
)


@pytest.mark.parametrize("secret", HOSTILE)
async def test_what_is_no_key_opens_nothing_and_nothing_is_written(api, monkeypatch, secret):
    written = []
    database = api.workspace.store.database
    plain = database.write

    async def watched(work):
        written.append(work)
        return await plain(work)

    monkeypatch.setattr(database, "write", watched)
    for headers in ({"authorization": f"Bearer {secret}"}, {"authorization": "", "x-api-key": secret}):
        refused = await api("GET", "/api/keys", **headers)
        assert refused.status == 401
    assert written == []


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_only_text_in_every_listing(live, text):
    await live.trace()
    quoted = live.quote(text, safe="")
    for field in ("environment", "session"):
        assert (await live("GET", f"/api/traces?{field}={quoted}")).json["items"] == []
    for path in (f"/api/traces/{quoted}", f"/api/versions/{quoted}", f"/api/runs/{quoted}", f"/traces/{quoted}"):
        assert (await live("GET", path)).status in (400, 404)
    assert (await live("GET", "/api/keys")).json["items"]
    assert len((await live("GET", "/api/traces")).json["items"]) == 1


def test_a_secret_is_kept_as_a_keyed_hash_only():
    one, other = hash_key("gng_1_secret", b"pepper"), hash_key("gng_1_secret", b"another")
    assert one != other
    assert "secret" not in one


def test_secrets_and_hashes_are_compared_in_constant_time_and_nowhere_else():
    text = (SOURCE / "access/keys.py").read_text(encoding="utf-8")
    tree = ast.parse(text)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "compare_digest"]
    assert calls
    for compared in (node for node in ast.walk(tree) if isinstance(node, ast.Compare)):
        if any(isinstance(one, ast.Eq | ast.NotEq) for one in compared.ops):
            named = {node.id for node in ast.walk(compared) if isinstance(node, ast.Name)}
            reached = {node.attr for node in ast.walk(compared) if isinstance(node, ast.Attribute)}
            assert not ({"secret", "hashed", "shown"} & named), ast.unparse(compared)
            assert not ({"hashed", "previous_hashed"} & reached), ast.unparse(compared)
