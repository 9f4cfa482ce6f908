from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from gonogo.clock import SystemClock
from gonogo.domain import Price, Score
from gonogo.errors import BadInput, GonogoError, ProviderFailed, StoreBusy
from gonogo.evaluation import Cap, RunOptions, run_tasks
from gonogo.evaluation import runner as runner_module
from gonogo.store import SqliteStore


async def until(condition) -> None:
    """Give the others turns until something holds that no event announces."""
    while not condition():  # noqa: ASYNC110 - what is watched are plain counts of the code under test
        await asyncio.sleep(0)


async def test_every_task_gets_a_result_and_the_run_is_finished(team):
    run = await team.run(await team.build())
    assert {result.task_id for result in run.results} == {f"t{number}" for number in range(60)}
    assert all(result.passed for result in run.results)
    assert run.finished_at is not None


async def test_a_result_says_what_the_answer_was_and_what_it_took(team):
    version = await team.build(tasks=team.tasks(1, tag="safety"))
    (result,) = (await team.run(version)).results
    assert (result.answer, result.model, result.tags) == ("yes", "only", ("safety",))
    assert (result.usage.input, result.usage.output, result.cost) == (10, 5, None)
    assert len(result.trace_id) == 32


@pytest.mark.parametrize("concurrency", [1, 5, 60])
async def test_no_more_tasks_are_in_flight_than_allowed_and_no_fewer(team, concurrency):
    version = await team.build()
    speaker = team.speaker(version)
    speaker.gate.clear()
    running = asyncio.create_task(team.run(version, concurrency=concurrency))
    await until(lambda: speaker.in_flight == concurrency)
    for _ in range(50):
        await asyncio.sleep(0)
    assert speaker.in_flight == concurrency
    speaker.gate.set()
    await running
    assert speaker.most_in_flight == concurrency


async def test_a_slot_that_is_free_is_used_at_once(team):
    version = await team.build(tasks=team.tasks(10))
    speaker = team.speaker(version)
    holding = asyncio.Event()
    speaker.gate = Turnstile(holding)
    running = asyncio.create_task(team.run(version, concurrency=2))
    await until(lambda: len(speaker.asked) == 10 and speaker.in_flight == 1)
    holding.set()
    assert len((await running).results) == 10


class Turnstile:
    """Holds the first who comes until released, and lets everybody else through."""

    def __init__(self, release: asyncio.Event) -> None:
        self.release = release
        self.held = False

    async def wait(self) -> None:
        if not self.held:
            self.held = True
            await self.release.wait()


async def test_the_order_is_random_recorded_and_the_same_for_a_seed(team):
    version = await team.build()
    run = await team.run(version, concurrency=1, seed=7)
    speaker = team.speaker(version)
    first = list(speaker.asked)
    by_order = sorted(run.results, key=lambda result: result.order)
    assert [f"Question {result.task_id[1:]}?" for result in by_order] == first
    assert first != sorted(first, key=lambda question: int(question.split()[1][:-1]))
    speaker.asked.clear()
    await team.run(version, concurrency=1, seed=7, fresh=True)
    assert speaker.asked == first
    speaker.asked.clear()
    await team.run(version, concurrency=1, seed=8, fresh=True)
    assert speaker.asked != first
    assert sorted(speaker.asked) == sorted(first)


async def test_repeats_are_runs_of_their_own(team):
    version = await team.build(tasks=team.tasks(4))
    run = await team.run(version, repeats=3)
    assert sorted((result.task_id, result.repeat) for result in run.results) == [
        (f"t{number}", repeat) for number in range(4) for repeat in range(3)
    ]


async def test_a_request_that_fails_is_an_error_and_no_failure(team):
    def says(request):
        if request.question == "Question 2?":
            raise ProviderFailed("the upstream is gone", provider="speaker")
        return "yes"

    run = await team.run(await team.build(tasks=team.tasks(4), says=says))
    found = {result.task_id: (result.passed, result.error) for result in run.results}
    assert found["t2"] == (None, "the upstream is gone")
    assert found["t1"] == (True, None)


async def test_a_component_that_chokes_on_one_task_costs_that_task_only(team):
    def says(request):
        if request.question == "Question 2?":
            raise KeyError("choices")
        return "yes"

    run = await team.run(await team.build(tasks=team.tasks(4), says=says))
    found = {result.task_id: (result.passed, result.error) for result in run.results}
    assert found["t2"] == (None, "KeyError: 'choices'")
    assert sum(result.passed is True for result in run.results) == 3


class Wordy:
    name = "wordy"

    def score(self, answer):
        return Score(metric="wordy", value=0.5)


async def test_golden_tasks_are_scored_whatever_share_of_live_traffic_is(team):
    team.metrics = (Wordy(),)
    run = await team.run(await team.build(sample=0.0))
    assert all(result.score("wordy") is not None for result in run.results)


async def test_progress_is_read_to_the_end(team, monkeypatch):
    monkeypatch.setattr(runner_module, "STORE_EVERY", 0.0)
    readings = []
    version = await team.build(says=lambda request: "no" if request.question == "Question 1?" else "yes")
    await team.run(version, progress=readings.append, label="support@1", concurrency=2)
    assert len(readings) > 1
    assert [reading.done for reading in readings] == sorted(reading.done for reading in readings)
    last = readings[-1]
    assert (last.done, last.total, last.passed, last.failed, last.errors) == (60, 60, 59, 1, 0)
    assert (last.label, last.remaining) == ("support@1", 0.0)


async def test_results_are_stored_while_the_run_goes_on(team, monkeypatch):
    monkeypatch.setattr(runner_module, "STORE_EVERY", 0.0)
    version = await team.build(tasks=team.tasks(10))
    release = asyncio.Event()
    team.speaker(version).gate = Turnstile(release)
    readings = []
    running = asyncio.create_task(team.run(version, concurrency=2, progress=readings.append))
    await until(lambda: readings and readings[-1].done == 9)
    (open_run,) = await team.store.runs("support")
    async with asyncio.timeout(20):
        # The tenth task is held back for as long as it takes: whatever appears now was stored while the run goes on.
        while len((await team.store.run(open_run.id)).results) < 9:  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0)
    assert (await team.store.run(open_run.id)).finished_at is None
    release.set()
    assert len((await running).results) == 10


async def interrupted(team, version, *, after):
    """A run cancelled once ``after`` answers are there; the ids of what the store has."""
    speaker = team.speaker(version)
    asked = 0

    class Closing:
        async def wait(self) -> None:
            nonlocal asked
            asked += 1
            if asked > after:
                await asyncio.Event().wait()

    speaker.gate = Closing()
    running = asyncio.create_task(team.run(version, concurrency=1, seed=3))
    await until(lambda: asked > after)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    speaker.gate = asyncio.Event()
    speaker.gate.set()
    (left,) = await team.store.runs("support")
    found = await team.store.run(left.id)
    assert found is not None
    return found


async def test_cancelling_keeps_what_is_finished(team):
    left = await interrupted(team, await team.build(), after=23)
    assert (left.finished_at, len(left.results)) == (None, 23)


async def test_an_interrupted_run_is_continued_and_runs_nothing_twice(team):
    version = await team.build()
    left = await interrupted(team, version, after=23)
    speaker = team.speaker(version)
    speaker.asked.clear()
    run = await team.run(version, seed=3)
    assert run.id == left.id
    assert len(run.results) == 60
    assert len(speaker.asked) == 37
    done = {f"Question {result.task_id[1:]}?" for result in left.results}
    assert done.isdisjoint(speaker.asked)


async def test_progress_of_a_continued_run_counts_what_was_done_before(team):
    version = await team.build()
    await interrupted(team, version, after=23)
    readings = []
    await team.run(version, seed=3, progress=readings.append)
    assert (readings[-1].done, readings[-1].total, readings[-1].passed) == (60, 60, 60)


async def test_another_seed_or_a_fresh_run_starts_anew(team):
    version = await team.build()
    left = await interrupted(team, version, after=5)
    assert (await team.run(version, seed=4)).id != left.id
    assert (await team.run(version, seed=3, fresh=True)).id != left.id


async def test_continuing_runs_again_what_failed_to_run(team):
    down = True

    def says(request):
        if down and request.question == "Question 2?":
            raise ProviderFailed("down", provider="speaker")
        return "yes"

    version = await team.build(tasks=team.tasks(4), says=says)
    partial = await team.run(version, only=frozenset({"t1", "t2"}))
    assert partial.finished_at is None
    down = False
    run = await team.run(version)
    assert run.id == partial.id
    assert {result.task_id: result.passed for result in run.results} == dict.fromkeys(["t0", "t1", "t2", "t3"], True)


async def test_a_run_of_some_tasks_runs_only_them_and_keeps_their_place_in_the_order(team):
    version = await team.build()
    some = await team.run(version, only=frozenset({"t5", "t9"}), seed=2)
    assert {result.task_id for result in some.results} == {"t5", "t9"}
    places = {result.task_id: result.order for result in (await team.run(version, seed=2, fresh=True)).results}
    assert {result.task_id: result.order for result in some.results} == {name: places[name] for name in ("t5", "t9")}


class Moody:
    """A store that refuses the first ``times`` times results are brought, and says when it is willing."""

    def __init__(self, store: SqliteStore, times: int, error: Exception) -> None:
        self._store, self.times, self.error = store, times, error
        self.willing = asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    async def add_results(self, run_id, results) -> None:
        if self.times > 0:
            self.times -= 1
            raise self.error
        self.willing.set()
        await self._store.add_results(run_id, results)


async def run_into(team, version, store, **options):
    parts = await team.components(version)
    golden, digest = version.mission.golden, version.gate_digest
    return await run_tasks(version, golden, digest, parts, team.assertions, store, RunOptions(**options))


async def test_a_store_that_is_busy_for_a_while_loses_no_result(team, monkeypatch):
    monkeypatch.setattr(runner_module, "STORE_EVERY", 0.0)
    store = Moody(team.store, 3, StoreBusy("locked by another process"))
    version = await team.build()
    team.speaker(version).gate = Turnstile(store.willing)
    run = await run_into(team, version, store, concurrency=2)
    assert len({result.task_id for result in run.results}) == 60


async def test_a_store_that_stays_busy_fails_the_run_and_leaves_it_open(team):
    store = Moody(team.store, 10_000, StoreBusy("locked by another process"))
    version = await team.build()
    with pytest.raises(StoreBusy):
        await run_into(team, version, store)
    (left,) = await team.store.runs("support")
    assert left.finished_at is None


async def test_a_store_that_refuses_stops_the_run_with_its_own_error(team, monkeypatch):
    monkeypatch.setattr(runner_module, "STORE_EVERY", 0.0)
    store = Moody(team.store, 10_000, GonogoError("the store is damaged"))
    with pytest.raises(GonogoError, match="the store is damaged"):
        await run_into(team, await team.build(), store)


async def test_a_run_another_process_finished_first_is_taken_as_it_is(team):
    version = await team.build(tasks=team.tasks(3))

    class Overtaken(Moody):
        async def add_results(self, run_id, results) -> None:
            await self._store.add_results(run_id, [replace_answer(result) for result in results])
            await self._store.finish_run(run_id, 1.0, 1.0, 1.0)
            await self._store.add_results(run_id, results)

    run = await run_into(team, version, Overtaken(team.store, 0, GonogoError("")))
    assert {result.answer for result in run.results} == {"theirs"}


def replace_answer(result):
    from msgspec import structs

    return structs.replace(result, answer="theirs")


async def test_a_broken_progress_display_is_not_swallowed(team, monkeypatch):
    monkeypatch.setattr(runner_module, "STORE_EVERY", 0.0)

    def broken(reading) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await team.run(await team.build(), progress=broken)


class Elsewhere:
    """An upstream on another machine: while it works, others get their turn."""

    async def wait(self) -> None:
        await asyncio.sleep(0)


class Limiting:
    """Refuses the first ``times`` questions, as an upstream does that limits, and one question ``always``."""

    def __init__(self, times: int, *, retry_after: float = 0.0, always: str = "") -> None:
        self.times, self.retry_after, self.always = times, retry_after, always

    def __call__(self, request) -> str:
        if self.times > 0 or request.question == self.always:
            self.times -= 1
            raise ProviderFailed(
                "speaker answered 429", provider="speaker", upstream_status=429, retryable=True,
                retry_after=self.retry_after,
            )  # fmt: skip
        return "yes"


async def test_tasks_that_were_limited_are_asked_again_and_their_results_show_nothing_of_it(team):
    version = await team.build(says=Limiting(5))
    run = await team.run(version)
    assert all(result.passed for result in run.results)
    assert len(team.speaker(version).asked) == 65
    assert sorted(result.order for result in run.results) == list(range(60))


async def test_an_upstream_that_limits_for_ever_ends_a_run_with_counted_errors(team):
    version = await team.build(says=Limiting(10_000, retry_after=3600.0))
    run = await team.run(version, concurrency=4)
    assert len(run.results) == 60
    assert run.finished_at is not None
    assert all(result.error.startswith("given up, as the upstream asks for ") for result in run.results)
    assert len(team.speaker(version).asked) == 4


async def test_a_task_that_is_too_large_for_a_limit_costs_that_task_only(team):
    version = await team.build(says=Limiting(0, always="Question 7?"))
    run = await team.run(version, concurrency=2, patience=1e9)
    lost = [result for result in run.results if result.passed is None]
    assert [result.task_id for result in lost] == ["t7"]
    assert lost[0].error == "limited 10 times, while other tasks were answered: speaker answered 429"


async def test_more_tasks_are_in_flight_once_the_upstream_proves_to_take_them(team):
    team.clock = SystemClock()
    version = await team.build(tasks=team.tasks(400))
    team.speaker(version).gate = Elsewhere()
    readings = []
    await team.run(version, progress=readings.append)
    assert team.speaker(version).most_in_flight > 8
    assert readings[-1].concurrency > 8


class Dear:
    """A dollar for every answer."""

    def price(self, provider, model):
        return Price(input=0.1e6, output=0.0)


async def run_capped(team, version, cap, **options):
    parts = replace(await team.components(version), prices=Dear())
    golden, digest = version.mission.golden, version.gate_digest
    chosen = RunOptions(cap=cap, **options)
    return await run_tasks(version, golden, digest, parts, team.assertions, team.store, chosen)


@pytest.mark.parametrize("concurrency", [1, 32, None])
async def test_a_cap_on_cost_stops_starting_tasks_before_it_is_passed(team, concurrency):
    cap = Cap(max_cost=7.5)
    run = await run_capped(team, await team.build(), cap, concurrency=concurrency)
    assert (len(run.results), run.finished_at) == (7, None)
    assert (cap.cost, cap.tokens, cap.stopped) == (pytest.approx(7.0), 105, True)


async def test_a_cap_on_tokens_counts_what_goes_in_and_what_comes_out(team):
    cap = Cap(max_tokens=100)
    run = await run_capped(team, await team.build(), cap)
    assert (len(run.results), cap.tokens) == (6, 90)


async def test_a_run_that_a_cap_stopped_is_continued_with_another(team):
    version = await team.build()
    await run_capped(team, version, Cap(max_cost=7.5))
    run = await run_capped(team, version, Cap(max_cost=100.0))
    assert (len(run.results), run.finished_at is not None) == (60, True)
    assert len(team.speaker(version).asked) == 60


async def test_two_runs_at_once_share_a_cap_and_both_end(team):
    cap = Cap(max_cost=20.5)
    one, two = await team.build("One."), await team.build("Two.")
    async with asyncio.timeout(60):
        runs = await asyncio.gather(*(run_capped(team, version, cap, concurrency=4) for version in (one, two)))
    assert sum(len(run.results) for run in runs) == 20
    assert cap.stopped


async def test_a_cap_that_is_never_reached_stops_nothing(team):
    cap = Cap(max_cost=60.0)
    run = await run_capped(team, await team.build(), cap)
    assert (len(run.results), cap.stopped) == (60, False)


async def test_a_cap_in_dollars_is_refused_where_no_price_is_known(team):
    version = await team.build()
    with pytest.raises(BadInput, match=r"the price of model 'only' .* is not known"):
        await team.run(version, cap=Cap(max_cost=1.0))
    assert await team.store.runs("support") == []


def _after(count):
    """Says that it is enough once it was told so many results."""
    told = []

    def enough(result):
        told.append(result.task_id)
        return len(told) >= count

    return enough, told


async def test_a_run_that_has_enough_starts_no_further_task_and_is_stored_as_stopped_early(team):
    version = await team.build()
    enough, told = _after(10)
    run = await team.run(version, concurrency=1, enough=enough)
    assert (len(run.results), len(told), run.stopped_early) == (10, 10, True)
    assert run.finished_at is not None
    assert (await team.store.run(run.id)).stopped_early


async def test_a_stopped_run_holds_a_prefix_of_the_recorded_order(team):
    version = await team.build()
    enough, told = _after(10)
    run = await team.run(version, concurrency=7, enough=enough)
    assert sorted(result.order for result in run.results) == list(range(len(run.results)))
    assert 10 <= len(run.results) <= 16
    assert len(told) == len(run.results)


async def test_a_run_that_was_never_enough_is_not_stopped_early(team):
    run = await team.run(await team.build(), enough=lambda result: False)
    assert (len(run.results), run.stopped_early) == (60, False)


async def test_results_that_a_run_continues_with_are_told_before_anything_is_started(team):
    version = await team.build()
    await team.run(version, only=frozenset({"t1", "t2"}))
    team.speaker(version).asked.clear()
    enough, told = _after(2)
    run = await team.run(version, enough=enough)
    assert sorted(told) == ["t1", "t2"]
    assert (team.speaker(version).asked, run.stopped_early) == ([], True)


async def test_tasks_named_first_are_started_first_at_their_own_place_of_the_order(team):
    version = await team.build()
    plain = {result.task_id: result.order for result in (await team.run(version)).results}
    team.speaker(version).asked.clear()
    run = await team.run(version, concurrency=1, fresh=True, first=frozenset({"t7", "t9"}))
    assert set(team.speaker(version).asked[:2]) == {"Question 7?", "Question 9?"}
    assert {result.task_id: result.order for result in run.results} == plain


async def test_repeats_of_a_task_stand_together_in_the_order(team):
    run = await team.run(await team.build(), repeats=3)
    places = {}
    for result in run.results:
        places.setdefault(result.task_id, []).append(result.order)
    assert all(max(found) - min(found) == 2 for found in places.values())


async def test_a_task_waits_for_its_turn(team):
    version = await team.build()
    may, waited = asyncio.Event(), []

    async def turn(position):
        waited.append(position)
        await may.wait()

    running = asyncio.create_task(team.run(version, concurrency=3, turn=turn))
    await until(lambda: len(waited) == 3)
    assert team.speaker(version).asked == []
    may.set()
    assert len((await running).results) == 60
