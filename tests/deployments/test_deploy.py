"""The gate is enforced where the pointer moves."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from gonogo.errors import BadInput, DeploymentConflict, GateClosed, NotAllowed


async def test_a_proven_first_version_goes_live_with_its_verdict_and_its_time_from_edit_to_live(team):
    version = await team.build("one")
    verdict = await team.evaluate(version, None)
    deployment = await team.deploy(version, verdict, reason="first")
    assert await team.live() == 1
    assert (deployment.verdict_id, deployment.reason, deployment.override) == (verdict.id, "first", None)
    assert deployment.edit_to_live == deployment.created_at - version.edited_at
    assert await team.store.deployments("support") == [deployment]


async def test_a_second_version_names_what_it_replaced(team):
    first = await team.prove_and_deploy("one", None)
    await team.prove_and_deploy("two", first)
    newest = (await team.store.deployments("support"))[0]
    assert (newest.version, newest.previous, newest.revision) == (2, 1, 2)


async def test_without_a_verdict_nothing_goes_live(team):
    version = await team.build("one")
    with pytest.raises(GateClosed, match="gonogo evaluate support@1") as closed:
        await team.deploy(version, None)
    assert closed.value.exit_code == 4
    assert await team.live() is None


async def test_a_no_go_is_refused_with_its_reasons_and_exit_code_1(team):
    first = await team.prove_and_deploy("one", None)
    worse = await team.build("worse")
    verdict = await team.evaluate(worse, first, failing=30)
    assert verdict.outcome == "NO-GO"
    with pytest.raises(GateClosed) as closed:
        await team.deploy(worse, verdict)
    assert closed.value.exit_code == 1
    assert closed.value.reasons
    assert await team.live() == 1


async def test_an_inconclusive_verdict_is_refused_with_exit_code_3(team):
    first = await team.prove_and_deploy("one", None)
    unsure = await team.build("unsure", margin=0.01)
    verdict = await team.evaluate(unsure, first, failing=1)
    assert verdict.outcome == "INCONCLUSIVE"
    with pytest.raises(GateClosed) as closed:
        await team.deploy(unsure, verdict)
    assert closed.value.exit_code == 3


async def test_an_advisory_verdict_deploys_and_is_marked(team):
    first = await team.prove_and_deploy("one", None)
    unsure = await team.build("unsure", margin=0.01, mode="advisory")
    verdict = await team.evaluate(unsure, first, failing=1)
    assert verdict.advisory
    assert (await team.deploy(unsure, verdict)).advisory


async def test_a_verdict_against_what_is_no_longer_live_is_refused(team):
    first = await team.prove_and_deploy("one", None)
    mine = await team.build("mine")
    verdict = await team.evaluate(mine, first)
    await team.prove_and_deploy("theirs", first)
    with pytest.raises(GateClosed, match="compared with support@1, but support@3 is live now") as closed:
        await team.deploy(mine, verdict)
    assert closed.value.exit_code == 4
    assert await team.live() == 3


async def test_a_verdict_of_a_first_deployment_is_stale_once_something_is_live(team):
    mine = await team.build("mine")
    verdict = await team.evaluate(mine, None)
    await team.prove_and_deploy("theirs", None)
    with pytest.raises(GateClosed, match="compared with nothing, but support@2 is live now"):
        await team.deploy(mine, verdict)


async def test_a_verdict_counts_again_when_the_version_it_compared_with_is_live_under_another_number(team):
    first = await team.prove_and_deploy("one", None)
    mine = await team.build("mine")
    verdict = await team.evaluate(mine, first)
    await team.deploy(await team.build("one", sample=0.5), None)
    assert (await team.deploy(mine, verdict)).version == mine.number


async def test_a_verdict_about_another_version_is_refused(team):
    first = await team.prove_and_deploy("one", None)
    good, other = await team.build("good"), await team.build("other")
    verdict = await team.evaluate(good, first)
    with pytest.raises(GateClosed, match="behaves differently"):
        await team.deploy(other, verdict)


async def test_a_verdict_under_other_gate_rules_is_refused(team):
    first = await team.prove_and_deploy("one", None)
    lax, strict = await team.build("two", margin=0.9), await team.build("two", margin=0.01)
    verdict = await team.evaluate(lax, first, failing=1)
    with pytest.raises(GateClosed, match="gate rules have changed"):
        await team.deploy(strict, verdict)


async def test_a_forged_go_is_refused_because_the_stored_results_say_otherwise(team):
    first = await team.prove_and_deploy("one", None)
    worse = await team.build("worse")
    verdict = structs.replace(await team.evaluate(worse, first, failing=30), outcome="GO", reasons=())
    with pytest.raises(GateClosed, match="computed again from the stored task results") as closed:
        await team.deploy(worse, verdict)
    assert closed.value.exit_code == 1


async def test_a_go_that_borrows_the_results_of_another_version_is_refused(team):
    first = await team.prove_and_deploy("one", None)
    good, bad = await team.build("good"), await team.build("bad")
    borrowed = await team.evaluate(good, first)
    verdict = structs.replace(borrowed, candidate=bad.number, behaviour_digest=bad.behaviour_digest)
    with pytest.raises(GateClosed, match="behaves differently"):
        await team.deploy(bad, verdict)


async def test_a_go_that_leaves_out_the_comparison_with_live_is_refused(team):
    first = await team.prove_and_deploy("one", None)
    other = await team.build("other")
    alone = await team.evaluate(other, None)
    verdict = structs.replace(alone, baseline=first.number, baseline_digest=first.behaviour_digest)
    with pytest.raises(GateClosed, match="compared with nothing"):
        await team.deploy(other, verdict)


async def test_a_claim_of_equal_behaviour_that_is_not_true_is_refused(team):
    first = await team.prove_and_deploy("one", None)
    other = await team.build("other")
    verdict = structs.replace(await team.evaluate(other, first), same_behaviour=True)
    with pytest.raises(GateClosed, match="rests on equal behaviour"):
        await team.deploy(other, verdict)


async def test_a_verdict_whose_results_are_gone_is_refused(team):
    version = await team.build("one")
    verdict = structs.replace(await team.evaluate(version, None), run_id="gone")
    with pytest.raises(GateClosed, match="evaluate again"):
        await team.deploy(version, verdict)


async def test_a_deployment_never_names_a_stored_verdict_that_says_something_else(team):
    first = await team.prove_and_deploy("one", None)
    two = await team.build("two")
    unlike = await team.evaluate(two, first, failing=30)
    good = await team.evaluate(two, first)
    deployment = await team.deploy(two, structs.replace(good, id=unlike.id))
    assert (await team.store.verdict(deployment.verdict_id)).outcome == "GO"


async def test_the_live_behaviour_under_a_new_number_is_go_without_a_verdict(team):
    await team.prove_and_deploy("one", None)
    same = await team.build("one", sample=0.5)
    deployment = await team.deploy(same, None)
    verdict = await team.store.verdict(deployment.verdict_id)
    assert await team.live() == same.number
    assert verdict.same_behaviour


async def test_what_is_live_already_stays_as_it_is(team):
    first = await team.prove_and_deploy("one", None)
    again = await team.deploy(first, None)
    assert [again] == await team.store.deployments("support")


async def test_environments_are_proven_apart(team):
    first = await team.prove_and_deploy("one", None)
    second = await team.build("two")
    with pytest.raises(GateClosed, match="nothing is live now"):
        await team.deploy(second, await team.evaluate(second, first), environment="staging")


async def test_of_two_deployments_at_once_exactly_one_wins_and_the_other_hears_who(team):
    first = await team.prove_and_deploy("one", None)
    bos, cleos = await team.build("bo's"), await team.build("cleo's")
    verdicts = [await team.evaluate(version, first) for version in (bos, cleos)]
    outcomes = await asyncio.gather(
        team.deploy(bos, verdicts[0], author="bo"),
        team.deploy(cleos, verdicts[1], author="cleo"),
        return_exceptions=True,
    )
    lost = [outcome for outcome in outcomes if isinstance(outcome, DeploymentConflict)]
    won = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
    assert (len(lost), len(won)) == (1, 1)
    assert f"{won[0].author} deployed support@{won[0].version}" in str(lost[0])
    assert await team.live() == won[0].version


async def test_an_override_goes_live_and_its_reason_is_recorded_beside_what_the_gate_said(team):
    version = await team.build("one")
    deployment = await team.deploy(version, None, override=" hotfix ", may_override=True)
    assert deployment.override == "hotfix"
    assert "the gate said: it has no Verdict" in deployment.reason
    assert deployment.verdict_id is None


async def test_an_override_of_a_no_go_names_the_no_go(team):
    first = await team.prove_and_deploy("one", None)
    worse = await team.build("worse")
    verdict = await team.evaluate(worse, first, failing=30)
    deployment = await team.deploy(worse, verdict, override="legal", may_override=True, reason="ticket 7")
    assert deployment.verdict_id == verdict.id
    assert deployment.reason.startswith("ticket 7; the gate said: ")


async def test_an_override_needs_an_admin(team):
    version = await team.build("one")
    with pytest.raises(NotAllowed, match="ask an admin"):
        await team.deploy(version, None, override="hotfix")
    assert await team.live() is None


async def test_an_override_needs_a_reason(team):
    version = await team.build("one")
    with pytest.raises(BadInput, match="needs a reason"):
        await team.deploy(version, None, override="  ", may_override=True)


async def test_an_override_of_an_open_gate_is_none(team):
    version = await team.build("one")
    verdict = await team.evaluate(version, None)
    assert (await team.deploy(version, verdict, override="in case")).override is None


async def test_building_the_same_behaviour_again_does_not_wash_off_an_override(team):
    await team.deploy(await team.build("one"), None, override="hotfix", may_override=True)
    again = await team.deploy(await team.build("one", sample=0.5), None)
    assert again.override == "hotfix"


async def test_clocks_that_disagree_give_no_negative_time_from_edit_to_live(team):
    version = await team.build("one")
    late = structs.replace(version, edited_at=99_999.0)
    assert (await team.deploy(late, await team.evaluate(version, None))).edit_to_live is None
