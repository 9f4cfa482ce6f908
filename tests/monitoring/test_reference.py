"""Reference: what is live, what was good before, and which traffic counts as before."""

from __future__ import annotations

from gonogo.monitoring.reference import compared, find_live, traces_of


async def versions(place, count):
    return [await place.build() for _ in range(count)]


async def last_good(place):
    return (await find_live(place.store, "support", "production")).last_good


async def test_before_the_first_deployment_nothing_is_live(place):
    assert await find_live(place.store, "support", "production") is None


async def test_the_version_before_is_the_last_good_one(place):
    first, second = await versions(place, 2)
    await place.move(first)
    assert await last_good(place) is None
    await place.move(second)
    live = await find_live(place.store, "support", "production")
    assert (live.name, live.before, live.last_good, live.author) == ("support@2", 1, 1, "ana")


async def test_a_version_that_was_rolled_back_from_is_not_good(place):
    first, second, third = await versions(place, 3)
    await place.move(first)
    await place.move(second)
    await place.move(first, kind="rollback")
    assert await last_good(place) is None
    await place.move(third)
    assert await last_good(place) == first


async def test_undoing_a_rollback_makes_it_good_again(place):
    first, second, third = await versions(place, 3)
    await place.move(first)
    await place.move(second)
    await place.move(first, kind="rollback")
    await place.move(second, kind="rollback")
    await place.move(third)
    assert await last_good(place) == second


async def test_traffic_before_and_now_is_split_at_the_deployment(place, desk):
    first, second = await versions(place, 2)
    await place.move(first)
    old = desk.traces(5, version=first)
    await place.serve(old)
    await place.move(second)
    new = desk.traces(3, version=second)
    await place.serve(new)
    live = await find_live(place.store, "support", "production")
    assert await traces_of(place.store, live) == (old, new)


async def test_after_a_rollback_the_version_is_compared_with_its_own_past(place, desk):
    first, second = await versions(place, 2)
    await place.move(first)
    old = desk.traces(5, version=first)
    await place.serve(old)
    await place.move(second)
    await place.serve(desk.traces(4, version=second))
    await place.move(first, kind="rollback")
    new = desk.traces(2, version=first)
    await place.serve(new)
    live = await find_live(place.store, "support", "production")
    assert await traces_of(place.store, live) == (old, new)


async def test_other_environments_do_not_count(place, desk):
    (first,) = await versions(place, 1)
    await place.move(first)
    await place.serve([*desk.traces(2, environment="staging"), *desk.traces(2, environment="")])
    live = await find_live(place.store, "support", "production")
    assert await traces_of(place.store, live) == ([], [])


async def test_enough_traffic_before_is_the_reference(place, desk):
    first, second = await versions(place, 2)
    await place.move(first)
    await place.move(second)
    live = await find_live(place.store, "support", "production")
    pair = compared(live, desk.traces(200), desk.traces(50))
    assert (len(pair.reference), len(pair.stream), pair.of, pair.released) == (200, 50, "support@1", True)


async def test_else_the_first_answers_are_the_reference(place, desk):
    first, second = await versions(place, 2)
    await place.move(first)
    await place.move(second)
    live = await find_live(place.store, "support", "production")
    pair = compared(live, desk.traces(199), desk.traces(250))
    assert (len(pair.reference), len(pair.stream), pair.released) == (200, 50, False)
    assert pair.of == "support@2's first answers"
