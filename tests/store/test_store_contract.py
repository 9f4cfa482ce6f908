"""What every store promises, whichever database is under it."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from gonogo.digest import Digest
from gonogo.domain import Annotation, ModelCall, OperationRow, RateLimits, Usage
from gonogo.errors import BadInput, DeploymentConflict, NotFound, PromotionConflict


async def test_an_empty_store_has_nothing_and_says_so(store):
    assert await store.missions() == []
    assert await store.versions() == []
    assert await store.version("support", 1) is None
    assert await store.snapshot(Digest("none")) is None
    assert await store.environment("support", "production") is None
    assert await store.environments() == []
    assert await store.run("r1") is None
    assert await store.verdict("v1") is None
    assert await store.trace("0123456789") is None
    assert await store.folder("support") is None
    assert not await store.has_keys()


async def test_the_first_version_and_its_parts_are_number_one(store, samples):
    version = await store.add_version(samples.draft(), None)
    assert version.number == 1
    assert {part.number for part in version.parts} == {1}
    assert await store.version("support", 1) == version


async def test_the_same_parts_give_the_same_version_back(store, samples):
    first = await store.add_version(samples.draft(), None)
    assert await store.add_version(samples.draft(), None) == first
    assert len(await store.versions("support")) == 1


async def test_only_a_changed_part_gets_a_new_number_and_an_old_content_its_old_one(store, samples):
    await store.add_version(samples.draft("one"), None)
    second = await store.add_version(samples.draft("two"), None)
    assert second.part("prompt").number == 2
    assert second.part("models").number == 1
    back = await store.add_version(samples.draft("one", index=None), None)
    assert back.number == 1


async def test_part_history_names_the_first_version_with_each_part(store, samples):
    for prompt in ("one", "two"):
        await store.add_version(samples.draft(prompt), None)
    history = await store.part_history("support", "prompt")
    assert [(part.number, first, when) for part, first, when in history] == [(2, 2, 1000.0), (1, 1, 1000.0)]
    assert len(await store.part_history("support", "models")) == 1


async def test_numbers_run_per_mission(store, samples):
    await store.add_version(samples.draft(mission="support"), None)
    sales = await store.add_version(samples.draft(mission="sales"), None)
    assert sales.number == 1
    assert await store.missions() == ["sales", "support"]


async def test_versions_are_listed_newest_first_and_no_more_than_asked_for(store, samples):
    for prompt in ("one", "two", "three"):
        await store.add_version(samples.draft(prompt), None)
    assert [version.number for version in await store.versions(limit=2)] == [3, 2]


async def test_drafts_added_at_once_get_different_numbers(store, samples):
    drafts = [samples.draft(f"prompt {number}") for number in range(20)]
    added = await asyncio.gather(*(store.add_version(draft, None) for draft in drafts))
    assert sorted(version.number for version in added) == list(range(1, 21))
    assert sorted(version.part("prompt").number for version in added) == list(range(1, 21))


async def test_a_snapshot_comes_back_as_it_was(store, samples):
    snapshot = samples.snapshot("alpha", "beta", "alpha")
    await store.add_version(samples.draft(index=snapshot.digest), snapshot)
    assert await store.snapshot(snapshot.digest) == snapshot


async def test_forgetting_snapshots_deletes_chunks_that_no_kept_one_holds(store, samples):
    old, new = samples.snapshot("alpha", "beta"), samples.snapshot("beta", "gamma")
    for snapshot in (old, new):
        await store.add_version(samples.draft(index=snapshot.digest), snapshot)
    assert await store.snapshots() == sorted([old.digest, new.digest])
    assert await store.forget_snapshots([new.digest]) == 1
    assert await store.snapshots() == [new.digest]
    assert await store.snapshot(old.digest) is None
    assert await store.snapshot(new.digest) == new
    assert len(await store.versions("support")) == 2
    assert await store.forget_snapshots([new.digest]) == 0


async def test_a_chunk_that_only_moved_keeps_its_own_line_in_each_snapshot(store, samples):
    before, after = samples.snapshot("alpha", "beta"), samples.snapshot("alpha", "beta", first_line=9)
    for snapshot in (before, after):
        await store.add_version(samples.draft(index=snapshot.digest), snapshot)
    assert await store.snapshot(before.digest) == before
    assert await store.snapshot(after.digest) == after


async def test_a_snapshot_the_store_has_need_not_be_given_again(store, samples):
    snapshot = samples.snapshot("alpha")
    await store.add_version(samples.draft("one", index=snapshot.digest), snapshot)
    second = await store.add_version(samples.draft("two", index=snapshot.digest), None)
    assert second.number == 2


async def test_a_version_whose_snapshot_is_nowhere_is_refused_and_takes_no_number(store, samples):
    with pytest.raises(ValueError, match="neither given nor stored"):
        await store.add_version(samples.draft(index=Digest("gone")), None)
    assert (await store.add_version(samples.draft(), None)).number == 1


async def test_a_snapshot_other_than_the_one_named_is_refused(store, samples):
    with pytest.raises(ValueError, match="names snapshot"):
        await store.add_version(samples.draft(index=Digest("other")), samples.snapshot("alpha"))


async def test_a_first_deployment_makes_the_environment(store, samples):
    await store.add_version(samples.draft(), None)
    environment = await store.move(samples.deployment(1, 1), 0)
    assert (environment.version, environment.revision, environment.previous) == (1, 1, None)
    assert await store.environment("support", "production") == environment
    assert await store.environments("support") == [environment]
    assert await store.deployments("support") == [samples.deployment(1, 1)]


async def test_a_move_from_an_outdated_revision_is_refused_naming_who_won_and_writes_nothing(store, samples):
    for prompt in ("one", "two"):
        await store.add_version(samples.draft(prompt), None)
    await store.move(samples.deployment(2, 1, author="bo"), 0)
    with pytest.raises(DeploymentConflict, match=r"bo deployed support@2 at 1970-01-01 00:16:41 UTC"):
        await store.move(samples.deployment(1, 1, id="late"), 0)
    assert (await store.environment("support", "production")).version == 2
    assert len(await store.deployments("support")) == 1


async def test_a_move_that_expects_an_environment_nobody_made_is_a_conflict(store, samples):
    await store.add_version(samples.draft(), None)
    with pytest.raises(DeploymentConflict, match="has never been deployed"):
        await store.move(samples.deployment(1, 5), 4)


async def test_of_many_moves_at_once_exactly_one_wins(store, samples):
    await store.add_version(samples.draft(), None)
    moves = [store.move(samples.deployment(1, 1, id=f"d{number}"), 0) for number in range(10)]
    outcomes = await asyncio.gather(*moves, return_exceptions=True)
    assert sum(isinstance(outcome, DeploymentConflict) for outcome in outcomes) == 9
    assert len(await store.deployments("support")) == 1


async def test_a_version_that_does_not_exist_cannot_be_made_live(store, samples):
    with pytest.raises(NotFound, match="gonogo build"):
        await store.move(samples.deployment(7, 1), 0)
    assert await store.environment("support", "production") is None


async def test_a_deployment_whose_own_revision_does_not_fit_is_our_mistake(store, samples):
    with pytest.raises(ValueError, match="revision"):
        await store.move(samples.deployment(1, 3), 0)


async def test_rollbacks_in_a_row_go_back_step_by_step_and_never_forward(store, samples):
    for prompt in ("one", "two", "three"):
        await store.add_version(samples.draft(prompt), None)
    for version in (1, 2, 3):
        await store.move(samples.deployment(version, version, previous=version - 1 or None), version - 1)
    after = await store.move(samples.deployment(2, 4, previous=3, kind="rollback"), 3)
    assert (after.version, after.previous) == (2, 1)
    after = await store.move(samples.deployment(1, 5, previous=2, kind="rollback"), 4)
    assert (after.version, after.previous) == (1, None)


async def test_rollbacks_end_even_where_one_version_was_deployed_twice(store, samples):
    for prompt in ("one", "two"):
        await store.add_version(samples.draft(prompt), None)
    for revision, (version, previous) in enumerate([(1, None), (2, 1), (1, 2)], start=1):
        await store.move(samples.deployment(version, revision, previous=previous), revision - 1)
    first = await store.move(samples.deployment(2, 4, previous=1, kind="rollback"), 3)
    second = await store.move(samples.deployment(1, 5, previous=2, kind="rollback"), 4)
    assert (first.previous, second.previous) == (1, None)


async def test_a_rollback_undone_by_name_can_itself_be_rolled_back(store, samples):
    for prompt in ("one", "two"):
        await store.add_version(samples.draft(prompt), None)
    await store.move(samples.deployment(1, 1), 0)
    await store.move(samples.deployment(2, 2, previous=1), 1)
    await store.move(samples.deployment(1, 3, previous=2, kind="rollback"), 2)
    again = await store.move(samples.deployment(2, 4, previous=1, kind="rollback"), 3)
    assert (again.version, again.previous) == (2, 1)


async def test_environments_of_one_mission_are_apart(store, samples):
    await store.add_version(samples.draft(), None)
    await store.move(samples.deployment(1, 1), 0)
    await store.move(samples.deployment(1, 1, id="s1", environment="staging"), 0)
    assert [place.name for place in await store.environments()] == ["production", "staging"]
    assert [change.id for change in await store.deployments("support", "staging")] == ["s1"]
    assert [change.id for change in await store.deployments("support")] == ["s1", "d1"]


async def test_a_run_collects_results_and_a_repeated_one_replaces_the_earlier(store, samples):
    await store.start_run(samples.run())
    await store.add_results("r1", [samples.result("a"), samples.result("b", passed=None)])
    await store.add_results("r1", [samples.result("b", passed=False), samples.result("b", repeat=1)])
    run = await store.run("r1")
    assert [(result.task_id, result.repeat, result.passed) for result in run.results] == [
        ("a", 0, True), ("b", 0, False), ("b", 1, True),
    ]  # fmt: skip


async def test_a_finished_run_is_found_by_its_digests_and_takes_no_more_results(store, samples):
    await store.start_run(samples.run(results=(samples.result("a"),)))
    assert await store.finished_run(Digest("b"), Digest("g")) is None
    await store.finish_run("r1", 1010.0, 9.5, 3.5)
    found = await store.finished_run(Digest("b"), Digest("g"))
    assert (found.finished_at, found.wall, found.cpu, len(found.results)) == (1010.0, 9.5, 3.5, 1)
    assert await store.finished_run(Digest("b"), Digest("other")) is None
    with pytest.raises(BadInput, match="start a new run"):
        await store.add_results("r1", [samples.result("b")])


async def test_the_newest_finished_run_is_the_one_found(store, samples):
    for run_id, at in (("r1", 1010.0), ("r2", 1020.0)):
        await store.start_run(samples.run(run_id))
        await store.finish_run(run_id, at, 1.0, 1.0)
    assert (await store.finished_run(Digest("b"), Digest("g"))).id == "r2"
    assert [run.id for run in await store.runs("support")] == ["r2", "r1"]


async def test_a_finished_run_whose_answers_were_replayed_is_never_the_one_found(store, samples):
    for run_id, replayed in (("r1", False), ("r2", True)):
        await store.start_run(samples.run(run_id, replayed=replayed))
        await store.finish_run(run_id, 1010.0, 1.0, 1.0)
    assert (await store.finished_run(Digest("b"), Digest("g"))).id == "r1"


async def test_results_are_found_by_their_digest_the_newest_of_each_that_ran(store, samples):
    first = [samples.result("a", digest="da", passed=False), samples.result("b", digest="db"), samples.result("c")]
    await store.start_run(samples.run(results=first))
    await store.start_run(samples.run("r2"))
    newer = [samples.result("a", digest="da"), samples.result("b", digest="db", passed=None)]
    await store.add_results("r2", [*newer, samples.result("a", digest="da", repeat=1)])
    found = await store.known_results([Digest("da"), Digest("db"), Digest("dc")])
    assert sorted((result.task_id, result.repeat, result.passed) for result in found) == [
        ("a", 0, True), ("a", 1, True), ("b", 0, True),
    ]  # fmt: skip
    assert await store.known_results([]) == []


async def test_more_digests_than_one_query_takes_are_all_looked_up(store, samples):
    results = [samples.result(f"t{number}", digest=f"d{number}") for number in range(1_201)]
    await store.start_run(samples.run(results=tuple(results)))
    assert len(await store.known_results([result.digest for result in results])) == 1_201


async def test_results_for_a_run_nobody_started_are_refused(store, samples):
    with pytest.raises(NotFound, match="r9"):
        await store.add_results("r9", [samples.result("a")])
    with pytest.raises(NotFound, match="r9"):
        await store.finish_run("r9", 1.0, 1.0, 1.0)


async def test_a_run_id_cannot_be_started_twice(store, samples):
    await store.start_run(samples.run())
    with pytest.raises(ValueError, match="already"):
        await store.start_run(samples.run())


async def test_verdicts_are_kept_listed_newest_first_and_never_changed(store, samples):
    for verdict in (samples.verdict("v1", 2), samples.verdict("v2", 3), samples.verdict("v2", 3)):
        await store.add_verdict(verdict)
    assert [verdict.id for verdict in await store.verdicts("support")] == ["v2", "v1"]
    assert [verdict.id for verdict in await store.verdicts("support", 2)] == ["v1"]
    with pytest.raises(ValueError, match="never change"):
        await store.add_verdict(samples.verdict("v1", 2, line="NO-GO"))
    assert (await store.verdict("v1")).line == "GO"


async def test_a_verdict_without_id_is_our_mistake(store, samples):
    with pytest.raises(ValueError, match="without id"):
        await store.add_verdict(samples.verdict(""))


async def test_a_trace_comes_back_whole_by_id_and_by_unique_prefix(store, samples):
    trace = samples.trace("abcdef01" * 4, signals={"drift": 0.25}, messages=({"role": "user", "x": [1, None]},))
    await store.add_traces([trace, samples.trace("abcdee01" * 4)])
    assert await store.trace(trace.id) == trace
    assert await store.trace("abcdef") == trace


async def test_a_prefix_of_two_traces_is_refused_and_a_short_one_finds_nothing(store, samples):
    await store.add_traces([samples.trace("abcdef01"), samples.trace("abcdef02")])
    with pytest.raises(BadInput, match="more digits"):
        await store.trace("abcdef")
    assert await store.trace("abcde") is None
    assert (await store.trace("abcdef02")).id == "abcdef02"


async def test_traces_are_listed_newest_first_under_every_filter(store, samples):
    await store.add_traces(
        [
            samples.trace("t1", 1.0),
            samples.trace("t2", 2.0, version=2, session="s"),
            samples.trace("t3", 3.0, environment="staging", outcome="failed"),
            samples.trace("t4", 4.0, mission="sales", session="s"),
        ]
    )

    async def ids(*mission: str, **filters: object) -> list[str]:
        return [trace.id for trace in await store.traces(*mission, **filters)]

    assert await ids() == ["t4", "t3", "t2", "t1"]
    assert await ids("support") == ["t3", "t2", "t1"]
    assert await ids("support", version=2) == ["t2"]
    assert await ids(environment="staging") == ["t3"]
    assert await ids(session="s") == ["t4", "t2"]
    assert await ids(session="") == ["t3", "t1"]
    assert await ids(outcome="failed") == ["t3"]
    assert await ids(since=3.0) == ["t4", "t3"]
    assert await ids("support", since=2.0, limit=1) == ["t3"]


async def test_traces_of_a_tenant_are_listed_and_found_among_its_own_only_and_page_by_page(store, samples):
    made = [samples.trace(tenant=tenant, created_at=1000.0 + place // 2) for place, tenant in enumerate("aabaab")]
    await store.add_traces(made)
    mine = sorted((trace for trace in made if trace.tenant == "a"), key=lambda one: (-one.created_at, one.id))
    listed = await store.traces(tenant="a")
    assert {trace.id for trace in listed} == {trace.id for trace in mine}
    paged, before = [], None
    while rows := await store.traces(tenant="a", before=before, limit=1):
        paged += rows
        before = (rows[0].created_at, rows[0].id)
    assert paged == listed
    assert await store.traces(missions=("nobody", "none")) == []
    assert len(await store.traces(missions=(made[0].mission, "nobody"))) == len(made)
    assert await store.trace(made[0].id, "a") == made[0]
    assert await store.trace(made[0].id, "b") is None


async def test_a_trace_added_again_replaces_the_first(store, samples):
    await store.add_traces([samples.trace("t1"), samples.trace("t1", outcome="failed")])
    assert [trace.outcome for trace in await store.traces(outcome="failed")] == ["failed"]
    assert len(await store.traces()) == 1


async def test_the_first_trace_made_in_a_callers_trace_is_found_by_its_own_tenant(store, samples):
    caller = "0af7651916cd43dd8448eb211c80319c"
    late, early = (
        structs.replace(samples.trace(f"{number:032x}"), parent=f"{caller}-b7ad6b7169203331", created_at=when)
        for number, when in ((1, 20.0), (2, 10.0))
    )
    await store.add_traces([late, early, samples.trace(f"{3:032x}")])
    assert await store.trace_called_by(caller, early.tenant) == early
    assert await store.trace_called_by(caller, "another") is None
    assert await store.trace_called_by("", early.tenant) is None


async def test_traces_of_many_callers_are_all_there_when_each_is_answered(store, samples):
    async def add(number: int) -> None:
        await store.add_traces([samples.trace(f"trace-{number:04}")])
        assert await store.trace(f"trace-{number:04}") is not None

    await asyncio.gather(*(add(number) for number in range(200)))
    assert len(await store.traces(limit=1000)) == 200


async def test_a_forgotten_user_leaves_no_trace_and_nothing_said_of_one(store, samples):
    theirs = [samples.trace(f"a{number}", user="ana") for number in range(3)]
    elsewhere = samples.trace("x", user="ana", tenant="acme")
    others = [samples.trace("b", user="ben"), samples.trace("c"), samples.trace("d", question="ana")]
    await store.add_traces([*theirs, elsewhere, *others])
    for trace_id in ("a1", "a1", "b"):
        await store.add_annotation(
            Annotation(trace_id=trace_id, metric="relevance", value=1.0, author="eva", created_at=1.0)
        )
    assert await store.forget_user("ana", "default") == (3, 2)
    assert {trace.id for trace in await store.traces()} == {"x", "b", "c", "d"}
    assert await store.annotations("a1") == []
    assert len(await store.annotations("b")) == 1
    assert await store.forget_user("ana") == (1, 0)
    assert await store.forget_user("ana") == (0, 0)


async def test_forgetting_a_user_looks_at_every_trace_however_many(store, samples, monkeypatch):
    monkeypatch.setattr("gonogo.store.traces.AT_ONCE", 7)
    await store.add_traces([samples.trace(f"t{n:02}", user="ana" if n % 3 else "ben") for n in range(30)])
    assert await store.forget_user("ben") == (10, 0)
    assert {trace.user for trace in await store.traces()} == {"ana"}


async def test_annotations_are_kept_beside_each_other_oldest_first(store):
    for value in (0.0, 1.0):
        await store.add_annotation(
            Annotation(trace_id="t1", metric="helpful", value=value, author="ana", created_at=value)
        )
    assert [annotation.value for annotation in await store.annotations("t1")] == [0.0, 1.0]
    assert await store.annotations("t2") == []


async def test_annotated_traces_come_with_what_was_said_of_them_last_annotated_first(store, samples):
    await store.add_traces([samples.trace("a" * 32), samples.trace("b" * 32), samples.trace("c" * 32)])
    for moment, (trace_id, metric) in enumerate(
        [("a", "toxicity"), ("b", "toxicity"), ("a", "toxicity"), ("b", "other")]
    ):
        await store.add_annotation(
            Annotation(trace_id=trace_id * 32, metric=metric, value=1.0, author="ana", created_at=float(moment))
        )
    found = await store.annotated("support", "toxicity")
    assert [(trace.id[0], [one.created_at for one in said]) for trace, said in found] == [
        ("a", [0.0, 2.0]),
        ("b", [1.0]),
    ]
    assert [trace.id[0] for trace, _ in await store.annotated("support", limit=1)] == ["b"]
    assert await store.annotated("elsewhere") == []


async def test_annotations_made_later_are_not_known_before(store, samples):
    await store.add_traces([samples.trace("a" * 32)])
    for moment in (1.0, 5.0):
        await store.add_annotation(
            Annotation(trace_id="a" * 32, metric="toxicity", value=moment / 5, author="ana", created_at=moment)
        )
    ((_, said),) = await store.annotated("support", until=2.0)
    assert [one.created_at for one in said] == [1.0]
    assert await store.annotated("support", until=0.5) == []


async def test_a_key_comes_back_whole_and_the_newest_is_listed_first(store, samples):
    whole = samples.key("k1", missions=("support",), limits=RateLimits(concurrency=3), daily_budget=0.5, expires_at=9.0)
    await store.add_key(whole)
    await store.add_key(samples.key("k2", created_at=2000.0))
    assert await store.key("k1") == whole
    assert await store.key("k9") is None
    assert [key.id for key in await store.keys()] == ["k2", "k1"]


async def test_a_revoked_key_says_so_and_still_counts_as_a_key(store, samples):
    await store.add_key(samples.key("k1"))
    assert await store.revoke_key("k1")
    assert (await store.key("k1")).revoked_at is not None
    assert not await store.revoke_key("k1")
    assert not await store.revoke_key("k9")
    assert await store.has_keys()


async def test_two_keys_cannot_share_an_id_or_a_hash(store, samples):
    await store.add_key(samples.key("k1", hashed="hash"))
    for other in (samples.key("k2", hashed="hash"), samples.key("k1", hashed="another")):
        with pytest.raises(ValueError, match="already"):
            await store.add_key(other)
    assert len(await store.keys()) == 1


async def test_a_key_that_was_changed_meanwhile_is_not_replaced(store, samples):
    old = samples.key("k1")
    await store.add_key(old)
    first, second = structs.replace(old, hashed="first"), structs.replace(old, hashed="second")
    assert await store.replace_key(old, first)
    assert not await store.replace_key(old, second)
    assert await store.key("k1") == first
    assert not await store.replace_key(samples.key("k9"), samples.key("k9"))


async def test_of_many_changes_of_one_key_at_once_exactly_one_wins(store, samples):
    old = samples.key("k1")
    await store.add_key(old)
    changes = [store.replace_key(old, structs.replace(old, hashed=f"h{number}")) for number in range(10)]
    assert sorted(await asyncio.gather(*changes)) == [False] * 9 + [True]


async def test_a_lease_is_spent_given_back_and_never_beyond_the_limit(store, samples):
    [first] = await store.exchange("w1", [samples.exchange(1, want=600, least=100)], 10.0)
    assert (first.amount, first.spent, first.leased) == (500, 0, 500)
    [second] = await store.exchange("w2", [samples.exchange(1, want=600, least=400)], 10.0)
    assert (second.amount, second.leased) == (400, 900)
    [none] = await store.exchange("w3", [samples.exchange(1, want=200, least=101)], 10.0)
    assert (none.amount, none.leased) == (0, 900)
    [told] = await store.exchange("w1", [samples.exchange(2, open=500, spent=120, returned=380, unpriced=2)], 11.0)
    assert (told.amount, told.spent, told.leased, told.lost) == (0, 120, 400, False)
    [balance] = await store.balances("2026-11-26", 11.0)
    assert (balance.spent, balance.leased, balance.unpriced) == (120, 400, 2)
    assert await store.balances("2026-11-27", 11.0) == []


async def test_an_exchange_told_twice_is_done_once_and_gets_its_answer_again(store, samples):
    order = samples.exchange(1, want=600, least=100, spent=7)
    [first] = await store.exchange("w1", [order], 10.0)
    [again] = await store.exchange("w1", [order], 11.0)
    assert (again.amount, again.spent, again.leased) == (first.amount, 7, first.amount)


async def test_a_lease_nobody_heard_of_for_a_minute_counts_as_spent_and_its_owner_is_told(store, samples):
    await store.exchange("w1", [samples.exchange(1, want=600, least=100)], 10.0)
    [row] = await store.balances("2026-11-26", 71.0)
    assert (row.spent, row.leased) == (500, 0)
    [other] = await store.exchange("w2", [samples.exchange(1, want=300, least=300)], 71.0)
    assert (other.amount, other.spent, other.leased) == (300, 500, 300)
    [late] = await store.exchange("w1", [samples.exchange(2, open=500, spent=520)], 72.0)
    assert (late.lost, late.spent) == (True, 520)


async def test_a_lease_that_is_renewed_lives(store, samples):
    await store.exchange("w1", [samples.exchange(1, want=100, least=100)], 10.0)
    await store.exchange("w1", [samples.exchange(2, open=100)], 60.0)
    [other] = await store.exchange("w2", [samples.exchange(1)], 110.0)
    assert (other.spent, other.leased) == (0, 100)


async def test_what_was_overspent_stands_in_the_ledger_and_nothing_more_is_leased(store, samples):
    await store.exchange("w1", [samples.exchange(1, want=900, least=900)], 10.0)
    [told] = await store.exchange("w1", [samples.exchange(2, open=900, spent=1200, want=1, least=1)], 11.0)
    assert (told.amount, told.spent, told.leased) == (0, 1200, 0)


async def test_leases_of_many_workers_at_once_stay_within_the_limit(store, samples):
    asked = [store.exchange(f"w{number}", [samples.exchange(1, want=90, least=90)], 10.0) for number in range(30)]
    granted = [answer.amount for [answer] in await asyncio.gather(*asked)]
    assert sorted(granted) == [0] * 19 + [90] * 11


def paid(provider="openai", model="m", cost=0.5, **usage):
    return ModelCall(name="main", provider=provider, model=model, usage=Usage(**usage), cost=cost)


async def test_traces_are_added_up_by_day_key_and_model_tokens_by_kind(store, samples):
    day = 86_400.0
    await store.add_traces(
        [
            samples.trace("t1", 1.0, key_id="k1", cpu=0.5, calls=(paid(input=10, cached=4, output=3, reasoning=1),)),
            samples.trace("t2", 2.0, key_id="k1", cpu=0.25, calls=(paid(input=1, cache_written=1, cost=0.25),)),
            samples.trace("t3", 3.0, key_id="k2", outcome="cached"),
            samples.trace("t4", day, version=2, calls=(paid(model="free", cost=None, input=7, estimated=True), paid())),
        ]
    )
    first, cached, unknown, known = await store.costs()
    assert (first.day, first.mission, first.version, first.key, first.model) == (
        "1970-01-01", "support", 1, "k1", "openai/m"
    )  # fmt: skip
    assert (first.took.requests, first.took.spent, first.took.unpriced, first.took.cpu) == (2, 750_000_000, 0, 0.75)
    assert first.took.usage == Usage(input=11, cached=4, output=3, reasoning=1, cache_written=1, calls=2)
    assert (cached.key, cached.model, cached.took.requests, cached.took.cached) == ("k2", "", 1, 1)
    assert (unknown.model, unknown.took.unpriced, unknown.took.estimated) == ("openai/free", 1, 1)
    assert (unknown.took.requests, known.took.requests) == (0, 1)
    assert [cell.day for cell in await store.costs("1970-01-02")] == ["1970-01-02"] * 2
    assert await store.costs("1970-01-03") == []


async def test_a_trace_counts_once_however_often_costs_are_asked_and_it_is_added(store, samples):
    trace = samples.trace("t1", calls=(paid(input=10),))
    for _ in range(3):
        await store.add_traces([trace])
        [cell] = await store.costs()
    assert (cell.took.requests, cell.took.usage.input, cell.took.spent) == (1, 10, 500_000_000)
    await store.add_traces([samples.trace("t2", calls=(paid(input=5),))])
    [cell] = await store.costs()
    assert (cell.took.requests, cell.took.usage.input) == (2, 15)


async def test_costs_asked_for_by_many_at_once_count_every_trace_once(store, samples):
    await store.add_traces([samples.trace(f"t{number}", calls=(paid(input=1),)) for number in range(5000)])
    for cells in await asyncio.gather(*(store.costs() for _ in range(5))):
        assert [cell.took.requests for cell in cells] == [5000]


async def test_the_last_folder_of_a_mission_is_remembered(store):
    await store.remember_folder("support", "/a")
    await store.remember_folder("support", "/b")
    assert await store.folder("support") == "/b"


async def test_a_store_in_order_is_healthy_and_closes_twice(store):
    assert await store.healthy()
    await store.close()
    with pytest.raises(RuntimeError, match="closed"):
        await store.missions()


async def test_classifiers_are_listed_registered_last_first_whatever_the_date_on_their_card(store, samples):
    for digest, at in (("a", 2000.0), ("b", 1000.0)):
        await store.add_classifier(samples.card(digest, created_at=at))
    await store.add_classifier(samples.card("c", name="injection"))
    assert [card.digest for card in await store.classifiers("toxicity")] == ["b", "a"]
    assert [card.digest for card in await store.classifiers(limit=2)] == ["c", "b"]
    assert await store.classifiers("relevance") == []


async def test_one_digest_has_one_card_and_the_first_stays(store, samples):
    first = samples.card(created_at=1000.0)
    assert await store.add_classifier(first) == first
    assert await store.add_classifier(samples.card(created_at=2000.0)) == first
    assert await store.classifiers("toxicity") == [first]


async def test_the_same_digest_under_two_names_is_two_classifiers(store, samples):
    await store.add_classifier(samples.card("a"))
    await store.add_classifier(samples.card("a", name="injection"))
    assert len(await store.classifiers()) == 2


async def test_comparisons_are_kept_listed_newest_first_and_never_changed(store, samples):
    for comparison_id, candidate in (("c1", "a"), ("c2", "b"), ("c3", "a")):
        await store.add_comparison(samples.comparison(comparison_id, candidate))
    assert [found.id for found in await store.comparisons("toxicity")] == ["c3", "c2", "c1"]
    assert await store.comparisons("toxicity", candidate=Digest("b")) == [samples.comparison("c2", "b")]
    with pytest.raises(ValueError, match="never change"):
        await store.add_comparison(samples.comparison("c1"))


async def test_promotions_are_recorded_newest_first(store, samples):
    for digest in ("a", "b"):
        await store.add_classifier(samples.card(digest))
    for revision, digest in enumerate(("a", "b", None), start=1):
        await store.promote(samples.promotion(digest, revision), revision - 1)
    assert [found.digest for found in await store.promotions("toxicity")] == [None, "b", "a"]
    assert (await store.promotions("toxicity", limit=1))[0] == samples.promotion(None, 3)
    assert await store.promotions("injection") == []


async def test_a_promotion_from_an_outdated_revision_is_refused_naming_who_won_and_writes_nothing(store, samples):
    for digest in ("a", "b"):
        await store.add_classifier(samples.card(digest))
    await store.promote(samples.promotion("b", 1, author="bo"), 0)
    with pytest.raises(PromotionConflict, match=r"bo promoted @b at 1970-01-01 00:16:41 UTC"):
        await store.promote(samples.promotion("a", 1), 0)
    with pytest.raises(PromotionConflict, match="never been promoted"):
        await store.promote(samples.promotion("a", 5, name="injection"), 4)
    assert [found.digest for found in await store.promotions()] == ["b"]


async def test_of_many_promotions_at_once_exactly_one_wins(store, samples):
    await store.add_classifier(samples.card("a"))
    moves = [store.promote(samples.promotion("a", 1, author=f"a{number}"), 0) for number in range(10)]
    outcomes = await asyncio.gather(*moves, return_exceptions=True)
    assert sum(isinstance(outcome, PromotionConflict) for outcome in outcomes) == 9
    assert len(await store.promotions("toxicity")) == 1


async def test_a_classifier_that_is_not_registered_cannot_be_promoted(store, samples):
    with pytest.raises(NotFound, match="classifiers register"):
        await store.promote(samples.promotion("nowhere", 1), 0)
    assert await store.promotions() == []


async def test_a_mission_has_promotions_of_its_own_with_revisions_of_their_own(store, samples):
    await store.add_classifier(samples.card("a"))
    await store.promote(samples.promotion("a", 1), 0)
    await store.promote(samples.promotion("a", 1, mission="support"), 0)
    assert [found.mission for found in await store.promotions("toxicity", "support")] == ["support"]
    assert [found.mission for found in await store.promotions("toxicity", "")] == [""]
    assert len(await store.promotions("toxicity")) == 2


async def test_a_promotion_whose_own_revision_does_not_fit_is_our_mistake(store, samples):
    with pytest.raises(ValueError, match="revision"):
        await store.promote(samples.promotion("a", 3), 0)


def operation(number=1, **more):
    fields = {
        "id": f"o{number}", "tenant": "acme", "key_id": "k1", "state": "running", "started_at": float(number),
        "beat_at": float(number), "body": b'{"id":"o1"}',
    }  # fmt: skip
    return OperationRow(**(fields | more))


async def test_long_work_is_found_as_it_was_noted_last(store):
    assert await store.operation("o1") is None
    assert await store.put_operation(operation()) is False
    assert await store.operation("o1") == operation()
    later = operation(state="done", beat_at=7.0, body=b"{}")
    assert await store.put_operation(later) is False
    assert await store.operation("o1") == later
    await store.put_operation(operation(2))
    assert [row.id for row in await store.operations(limit=1)] == ["o2"]


async def test_who_runs_it_hears_that_it_is_to_stop(store):
    await store.put_operation(operation())
    await store.stop_operation("o1")
    assert (await store.operation("o1")).stopping is True
    assert await store.put_operation(operation(beat_at=3.0)) is True


async def test_what_nobody_speaks_of_any_more_was_interrupted_and_old_ends_are_forgotten(store):
    for number, state in enumerate(("running", "done", "running", "done"), start=1):
        await store.put_operation(operation(number, state=state))
    assert await store.interrupt_operations(2.0) == 1
    assert [row.state for row in await store.operations()] == ["done", "running", "done", "interrupted"]
    await store.drop_operations(1)
    assert [row.id for row in await store.operations()] == ["o4", "o3"]
