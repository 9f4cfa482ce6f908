"""A role for every route (``tests/gateway/test_every_route.py``), and in every listing the caller's tenant and
Missions."""

from __future__ import annotations

import pytest

OURS, THEIRS = "our question about lights", "their question about money"


@pytest.fixture
async def shared(live, folder):
    """Two Missions, two tenants, and a key that is for one Mission of ours only."""
    live.edit(folder, "mission.yaml", "mission: support", "mission: secret-plans")
    live.edit(folder, "prompts/system.md", "most two", "most seven")
    built = await live.ended(await live.upload(folder))
    assert built["state"] == "done"
    asked = {"version": "secret-plans@1", "override": "for the test"}
    assert (await live("POST", "/api/environments/secret-plans/production/deployments", asked)).status == 201
    await live.serving.refresh()
    live.ours = await live.trace(question=OURS, tenant="ours")
    live.theirs = await live.trace(question=THEIRS, tenant="theirs", mission="secret-plans")
    live.key_of = {
        "ours": await live.key("admin", "ours", missions=("support",)),
        "theirs": await live.key("admin", "theirs"),
    }
    return live


async def test_traces_of_another_tenant_are_in_no_listing_page_or_api(shared):
    mine = shared.key_of["ours"]
    for path in ("/api/traces", "/", f"/api/traces/{shared.ours.id}", f"/traces/{shared.ours.id}"):
        answered = await shared("GET", path, key=mine)
        assert answered.status == 200
        assert OURS in answered.body.decode()
        assert THEIRS not in answered.body.decode()
    for path in (
        f"/api/traces/{shared.theirs.id}", f"/api/traces/{shared.theirs.id[:20]}", f"/traces/{shared.theirs.id}",
        f"/api/traces/{shared.theirs.id}/annotations", f"/api/traces/{shared.theirs.id}/diagnosis",
    ):  # fmt: skip
        assert (await shared("GET", path, key=mine)).status == 404, path
    said = {"metric": "toxicity", "value": 1}
    assert (await shared("POST", f"/api/traces/{shared.theirs.id}/annotations", said, key=mine)).status == 404


async def test_a_beginning_that_is_unique_to_me_does_not_tell_of_others(shared):
    """Two ids of one millisecond share a beginning: it must not answer 'more than one' for another tenant's sake."""
    shorter = 0
    while shared.ours.id[: shorter + 1] == shared.theirs.id[: shorter + 1]:
        shorter += 1
    if shorter >= 6:
        answered = await shared("GET", f"/api/traces/{shared.ours.id[:shorter]}", key=shared.key_of["ours"])
        assert answered.json["id"] == shared.ours.id


async def test_a_key_for_some_missions_sees_moves_and_asks_those_only(shared):
    mine = shared.key_of["ours"]
    for path in (
        "/api/missions", "/api/versions", "/api/environments", "/", "/v1/models", "/api/traces",
        "/api/classifiers", "/api/costs", "/api/budgets", "/api/operations",
    ):  # fmt: skip
        answered = await shared("GET", path, key=mine)
        assert answered.status == 200, path
        assert "secret-plans" not in answered.body.decode(), path
    verdicts = (await shared("GET", "/api/verdicts?mission=support", key=mine)).json["items"]
    assert verdicts
    for path in (
        "/api/versions/secret-plans", "/api/versions/secret-plans@1/golden", "/api/versions?mission=secret-plans",
        "/api/missions/secret-plans/parts/prompt", "/api/diff?old=support@1&new=secret-plans@1",
        "/api/verdicts?mission=secret-plans", "/api/verdicts/secret-plans@1", "/api/deployments?mission=secret-plans",
        "/api/environments/secret-plans/production", "/api/environments?mission=secret-plans",
        "/api/traces?mission=secret-plans", "/api/monitors/secret-plans", "/api/costs?mission=secret-plans",
        "/metrics", "/api/prompts/secret-plans", "/versions/secret-plans@1", "/v1/models/secret-plans",
    ):  # fmt: skip
        refused = await shared("GET", path, key=mine)
        assert refused.status in (403, 404), f"{path} gave {refused.status}"
        assert "most seven" not in refused.body.decode()
    for path, body in (
        ("/api/evaluations", {"version": "secret-plans@1"}),
        ("/api/ask", {"version": "secret-plans@1", "question": "?"}),
        ("/api/environments/secret-plans/production/deployments", {"version": "secret-plans@1"}),
        ("/api/environments/secret-plans/production/rollback", {}),
        ("/api/environments/support/production/deployments", {"version": "secret-plans@1"}),
        ("/api/classifiers/toxicity/promotions", {"classifier": "toxicity", "reason": "x"}),
        ("/api/classifiers/toxicity/promotions", {"classifier": "toxicity", "reason": "x", "mission": "secret-plans"}),
        ("/v1/chat/completions", {"model": "secret-plans", "messages": [{"role": "user", "content": "?"}]}),
    ):
        assert (await shared("POST", path, body, key=mine)).status in (403, 404), path


async def test_a_folder_of_another_mission_than_the_keys_is_not_built(shared, folder):
    ended = await shared.ended(await shared.upload(folder, key=shared.key_of["ours"]), key=shared.key_of["ours"])
    assert ended["state"] == "failed"
    assert ended["error"]["type"] == "permission_error"


async def test_keys_of_another_tenant_are_neither_listed_nor_touched(shared):
    mine, theirs = shared.key_of["ours"], shared.key_of["theirs"].split("_")[1]
    listed = (await shared("GET", "/api/keys", key=mine)).json["items"]
    assert [row["tenant"] for row in listed] == ["ours"]
    assert (await shared("DELETE", f"/api/keys/{theirs}", key=mine)).status == 404
    assert (await shared("POST", f"/api/keys/{theirs}/rotate", {}, key=mine)).status == 404
    assert (await shared("POST", f"/api/keys/{theirs}/limits", {"concurrency": 1}, key=mine)).status == 404
    assert (await shared("GET", "/api/missions", key=shared.key_of["theirs"])).status == 200


async def test_no_key_makes_a_key_that_reaches_further_than_itself(shared):
    mine = shared.key_of["ours"]
    assert (await shared("POST", "/api/keys", {"tenant": "theirs"}, key=mine)).status == 403
    assert (await shared("POST", "/api/keys", {"missions": ["secret-plans"]}, key=mine)).status == 403
    made = await shared("POST", "/api/keys", {"role": "admin"}, key=mine)
    assert (made.json["tenant"], made.json["missions"]) == ("ours", ["support"])


async def test_costs_and_budgets_are_of_the_own_tenant(shared):
    costs = (await shared("GET", "/api/costs?by=tenant", key=shared.key_of["theirs"])).json
    assert [row["group"]["tenant"] for row in costs["rows"]] == ["theirs"]
    await shared("POST", "/api/keys", {"daily_budget": 3}, key=shared.key_of["ours"])
    assert (await shared("GET", "/api/budgets", key=shared.key_of["theirs"])).json["items"] == []


async def test_monitors_over_all_tenants_are_not_shown_to_one_of_them(shared):
    assert (await shared("GET", "/api/monitors/support", key=shared.key_of["theirs"])).status == 403


async def test_nothing_of_the_stores_upkeep_is_reachable(shared):
    for path in ("/api/migrations", "/api/migrate", "/api/backup", "/api/restore", "/api/settings", "/admin", "/debug"):
        for method in ("GET", "POST"):
            assert (await shared(method, path, key=shared.keys["admin"])).status == 404
