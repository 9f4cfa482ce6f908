"""A cached answer is looked for inside one tenant and key only, exactly and by meaning."""

from __future__ import annotations

import itertools

ASKED = "How many days do I have to return a light?"
NEARLY = "How many days do I have to return a light ?"


async def outcomes(server) -> list[tuple[str, str | None]]:
    traces = await server.workspace.store.traces()
    return [(trace.key_id, trace.cache) for trace in reversed(traces)]


async def test_nobody_is_answered_from_the_cache_of_another(serving):
    keys = [await serving.key("viewer", tenant) for tenant in ("ours", "ours", "theirs")]
    for key in keys:
        assert (await serving.chat(ASKED, key)).status == 200
    assert [cache for _, cache in await outcomes(serving)] == [None, None, None]
    assert (await serving.chat(ASKED, keys[0])).status == 200
    assert (await outcomes(serving))[-1] == (keys[0].split("_")[1], "exact")
    for key in keys[1:]:
        before = len(await outcomes(serving))
        await serving.chat(NEARLY, key)
        asked, cache = (await outcomes(serving))[before]
        assert asked == key.split("_")[1]
        assert cache in (None, "exact", "semantic")
    for first, second in itertools.combinations(await serving.workspace.store.traces(), 2):
        if second.cached_from == first.id or first.cached_from == second.id:
            assert (first.tenant, first.key_id) == (second.tenant, second.key_id)


async def test_what_an_earlier_turn_or_a_client_says_keeps_answers_apart(serving):
    key = await serving.key("viewer", "ours")
    await serving.chat(ASKED, key)
    earlier = [{"role": "user", "content": "I am a dealer."}, {"role": "assistant", "content": "Good."}]
    await serving.chat(ASKED, key, messages=[*earlier, {"role": "user", "content": ASKED}])
    assert [cache for _, cache in await outcomes(serving)] == [None, None]


async def test_a_new_version_starts_with_nothing_cached(serving, folder):
    key = await serving.key("viewer", "ours")
    await serving.chat(ASKED, key)
    serving.edit(folder, "prompts/system.md", "most two", "most three")
    await serving.ended(await serving.upload(folder))
    asked = {"version": "support@2", "override": "for the test"}
    place = "/api/environments/support/production/deployments"
    assert (await serving("POST", place, asked)).status == 201
    await serving.chat(ASKED, key)
    assert [cache for _, cache in await outcomes(serving)] == [None, None]
