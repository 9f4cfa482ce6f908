"""Monitor: one look tells the whole story, and rolls back when the Mission asked for it."""

from __future__ import annotations

import pytest

from gonogo.errors import DeploymentConflict
from gonogo.metrics.refusal import is_refusal
from gonogo.monitoring import SignalMemory, report, watch_once

GOOD = [0.9] * 49 + [0.2]
BAD = [0.9, 0.9, 0.2]


@pytest.fixture
def look(place, reader):
    async def at_production(**more):
        return await report(
            place.store, "support", "production", reader=reader, is_refusal=is_refusal, clock=place, **more
        )

    return at_production


@pytest.fixture
def watch(place, reader):
    async def at_production(roll_back):
        return await watch_once(
            place.store,
            "support",
            "production",
            reader=reader,
            is_refusal=is_refusal,
            clock=place,
            roll_back=roll_back,
        )

    return at_production


@pytest.fixture
def back(place):
    async def move(to, reason):
        return await place.move(to, kind="rollback")

    return move


async def release(place, desk, *, roll_back_on=(), scores=BAD, now=150, before=250):
    """A good Version with traffic, then another one with answers that score as told."""
    first = await place.build(roll_back_on=roll_back_on)
    await place.move(first)
    await place.serve(desk.judged(desk.traces(before, version=first), "faithfulness", GOOD))
    second = await place.build(roll_back_on=roll_back_on)
    await place.move(second)
    if now:
        await place.serve(desk.judged(desk.traces(now, version=second), "faithfulness", scores))
    return first, second


async def test_nothing_live_says_how_to_change_that(look):
    found = await look()
    assert found.state == "nothing-live"
    assert "gonogo deploy" in found.note


async def test_no_traffic_says_what_would_count(place, look):
    await place.move(await place.build())
    found = await look()
    assert (found.state, found.paging) == ("no-traffic", False)
    assert found.note.startswith("no live traffic yet: support@1 serves production since")


async def test_a_young_version_has_rates_and_says_what_drift_needs(place, desk, look):
    await place.move(await place.build())
    await place.serve(desk.traces(30))
    found = await look()
    assert (found.state, found.now.requests, found.before) == ("calm", 30, None)
    assert (found.drift.state, found.drift.needed) == ("too-little-data", 170)


async def test_an_equally_good_version_is_calm_and_shown_beside_the_one_before(place, desk, look):
    await release(place, desk, scores=GOOD)
    found = await look()
    assert (found.state, found.alerts, found.mix) == ("calm", (), ())
    assert (found.now.version, found.before.version, found.live.last_good) == (2, 1, 1)
    assert (found.now.rate("hallucination").total, found.before.rate("hallucination").total) == (150, 250)


async def test_a_rate_that_rose_pages_where_the_mission_says_so(place, desk, look):
    await release(place, desk, roll_back_on=("hallucination",))
    found = await look()
    assert (found.state, found.paging) == ("alarm", True)
    (alert,) = found.alerts
    assert (alert.monitor, alert.version, alert.action) == ("hallucination", 2, "`gonogo rollback support`")


async def test_a_rate_that_rose_otherwise_only_informs(place, desk, look):
    await release(place, desk)
    found = await look()
    assert (found.state, found.paging) == ("notice", False)


async def test_answers_that_change_without_a_deployment_page(place, desk, look):
    await place.move(await place.build())
    await place.serve(desk.traces(350) + desk.traces(200, spoil="truncated", share=0.5))
    found = await look()
    (alert,) = found.alerts
    assert (alert.monitor, alert.severity) == ("drift", "page")


async def test_other_questions_are_told_and_never_page(place, desk, look):
    first = await place.build()
    await place.move(first)
    await place.serve(desk.traces(300, version=first, mix={"refund": 1.0, "battery": 3.0, "shipping": 1.0}))
    second = await place.build()
    await place.move(second)
    await place.serve(desk.traces(300, version=second, mix={"refund": 1.0, "battery": 1.0, "shipping": 3.0}))
    found = await look()
    assert found.mix
    assert not found.paging


async def test_a_risen_rate_is_rolled_back_and_the_alert_says_so(place, desk, watch, back, look):
    await release(place, desk, roll_back_on=("hallucination",))
    found = await watch(back)
    assert place.live == 1
    assert found.alerts[0].action.startswith("rolled back to support@1 at ")
    assert "--to 2` undoes it" in found.alerts[0].action
    assert (await look()).live.kind == "rollback"


async def test_without_a_callable_nothing_is_moved(place, desk, watch):
    await release(place, desk, roll_back_on=("hallucination",))
    found = await watch(None)
    assert (place.live, found.paging) == (2, True)


async def test_a_notice_never_rolls_back(place, desk, watch, back):
    await release(place, desk, roll_back_on=("errors",))
    await watch(back)
    assert place.live == 2


async def test_two_bad_versions_do_not_take_turns(place, desk, watch, back):
    first, _ = await release(place, desk, roll_back_on=("hallucination",), now=0)
    await place.move(first, kind="rollback")
    await place.serve(desk.judged(desk.traces(150, version=first), "faithfulness", BAD))
    found = await watch(back)
    assert (place.live, found.paging) == (first, True)


async def test_a_rollback_that_fails_is_said(place, desk, watch):
    async def refuse(to, reason):
        raise DeploymentConflict("somebody else moved the pointer")

    await release(place, desk, roll_back_on=("hallucination",))
    found = await watch(refuse)
    assert found.alerts[0].action == "NOT rolled back: somebody else moved the pointer"
    assert found.paging


async def test_a_first_version_has_nothing_to_go_back_to(place, desk, watch, back):
    await place.move(await place.build(roll_back_on=("hallucination",)))
    await place.serve(desk.judged(desk.traces(100), "faithfulness", BAD))
    found = await watch(back)
    assert (place.live, found.paging) == (1, False)


async def test_injection_is_judged_where_the_version_has_that_guardrail(place, desk, look):
    await place.move(await place.build(injection=True))
    await place.serve(desk.traces(5))
    assert (await look()).now.rate("injection").total == 5


async def test_the_window_bounds_rates(place, desk, look):
    await place.move(await place.build())
    await place.serve(desk.traces(30))
    assert (await look(window=10)).now.requests == 10


async def test_memory_changes_nothing_but_the_work(place, desk, look):
    await release(place, desk)
    memory = SignalMemory()
    assert await look(memory=memory) == await look(memory=memory) == await look()
    assert len(memory) == 400
