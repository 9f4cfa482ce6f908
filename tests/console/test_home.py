"""What is live, what waits, what it cost, what was asked."""

from __future__ import annotations

import re

import pytest

from gonogo.console.home import TRACES_LISTED, TRACES_SUMMED, sum_calls
from gonogo.domain import NO_USAGE, Usage


async def test_an_empty_home_says_which_commands_come_next(team):
    page = await team.page("/")
    for command in ("gonogo new support", "gonogo build support", "gonogo evaluate support", "gonogo deploy support"):
        assert f">{command}<" in page


async def test_a_mission_without_a_verdict_is_told_to_prove_it(team):
    await team.build()
    page = await team.page("/")
    assert "Nothing is live yet" in page
    assert ">gonogo evaluate support@1<" in page


async def test_a_mission_with_go_is_told_to_deploy_it(team):
    await team.evaluate(await team.build())
    assert ">gonogo deploy support@1<" in await team.page("/")


async def test_a_mission_with_no_go_is_not_told_to_deploy_it(team):
    await team.evaluate(await team.build(), failing=60)
    page = await team.page("/")
    assert "NO-GO" in page
    assert "gonogo deploy support@1" not in page


async def test_without_traces_the_page_gives_a_request_to_copy(team):
    await team.prove_and_deploy()
    page = await team.page("/", headers={"host": "localhost:9999"})
    assert "curl http://localhost:9999/v1/chat/completions" in page
    assert "&#34;model&#34;: &#34;support&#34;" in page


async def test_a_host_header_cannot_put_a_command_on_the_page(team):
    await team.prove_and_deploy()
    page = await team.page("/", headers={"host": "x; rm -rf ~"})
    assert "rm -rf" not in page
    assert "curl http://127.0.0.1:8420/" in page


async def test_an_environment_shows_version_verdict_author_parts_and_time_to_live(team):
    version = await team.prove_and_deploy()
    page = await team.page("/")
    assert 'serves <a href="/versions/support@1">support@1</a>' in page
    assert '<span class="badge is-go">GO</span>' in page
    assert "<dd>ana" in page
    assert re.search(r"Edit to live</dt><dd>\d+ s", page)
    for part in version.parts:
        assert f"<b>{part.code}</b> <code>{part.digest[:7]}</code>" in page


async def test_an_override_is_shown_plainly(team):
    version = await team.build()
    await team.deploy(version, await team.evaluate(version, failing=60), override="launch day", may_override=True)
    page = await team.page("/")
    assert "Deployed without GO: launch day" in page
    assert ">OVERRIDE<" in page
    assert '<span class="badge is-nogo">NO-GO</span>' in page


async def test_a_newer_version_that_is_not_live_is_shown_beside_what_is(team):
    await team.prove_and_deploy()
    await team.build("Shorter.")
    page = await team.page("/")
    assert '<a href="/versions/support@2"><b>support@2</b></a> was built' in page


async def test_the_version_that_is_live_is_not_said_to_wait(team):
    await team.prove_and_deploy()
    assert "is not live" not in await team.page("/")


async def test_the_last_changes_are_listed_newest_first(team):
    first = await team.prove_and_deploy()
    await team.prove_and_deploy("Shorter.", first)
    page = await team.page("/")
    assert page.index("@1 → <b>@2</b> by ana") < page.index("nothing → <b>@1</b> by ana")


async def test_the_last_requests_stop_at_their_limit_newest_first(team):
    for number in range(TRACES_LISTED + 2):
        await team.ask(f"question {number}")
    listed = re.findall(r">question (\d+)</a>", await team.page("/"))
    assert listed == [str(number) for number in range(TRACES_LISTED + 1, 1, -1)]


async def test_a_trace_of_unknown_cost_says_unknown(team):
    await team.ask(cost=None)
    assert '<td data-label="Cost" class="end"><span class="quiet">unknown</span></td>' in await team.page("/")


async def test_a_question_without_text_can_still_be_followed(team):
    await team.ask("")
    assert "(empty question)</a>" in await team.page("/")


async def test_every_link_leads_to_a_page(team):
    first = await team.prove_and_deploy()
    second = await team.build("Shorter.", mission="support")
    await team.evaluate(second, first, failing=30)
    await team.build(mission="notes")
    await team.ask()
    links = set(re.findall(r'href="(/[^"]*)"', await team.page("/")))
    assert len(links) >= 8
    for link in links:
        assert (await team.get(link)).status == 200, link


async def test_another_tenants_traces_are_neither_listed_nor_summed(team):
    await team.ask("ours", tenant="red")
    await team.ask("theirs", tenant="blue")
    page = await team.page("/", caller=team.key("red"))
    assert "ours" in page
    assert "theirs" not in page
    assert "last 1 Trace" in page


async def test_a_local_caller_without_keys_sees_every_tenant(team):
    await team.ask("theirs", tenant="blue")
    assert "theirs" in await team.page("/")


async def test_tokens_are_summed_by_kind_and_model(team):
    frontier = team.call(name="frontier", provider="openai", model="gpt-5", cost=0.5)
    await team.ask(calls=(team.call(), frontier))
    await team.ask(calls=(team.call(),))
    page = await team.page("/")
    assert "openai/gpt-5" in page
    assert "all models" in page
    assert "2\u202f400" in page
    assert "3\u202f600" in page


def test_a_sum_of_calls_keeps_unknown_costs_apart(team):
    (spend,) = sum_calls([team.call(cost=0.25), team.call(cost=None), team.call(cost=0.5)])
    assert (spend.cost, spend.unpriced, spend.calls) == (0.75, 1, 3)


def test_a_failed_call_is_counted_as_failed(team):
    (spend,) = sum_calls([team.call(), team.call(error="timeout", usage=NO_USAGE, cost=None)])
    assert (spend.calls, spend.failed) == (2, 1)


def test_the_dearest_model_comes_first(team):
    spends = sum_calls([team.call(cost=0.1), team.call(name="large", model="gpt-5", cost=2.0)])
    assert [spend.name for spend in spends] == ["large", "small"]


def test_models_of_one_name_behind_different_providers_are_apart(team):
    assert len(sum_calls([team.call(), team.call(provider="openai")])) == 2


def test_estimated_tokens_stay_marked_in_a_sum(team):
    (spend,) = sum_calls([team.call(), team.call(usage=Usage(input=5, output=5, estimated=True))])
    assert spend.usage.estimated


async def test_a_wholly_unknown_cost_is_unknown_not_zero(team):
    await team.ask(calls=(team.call(cost=None),), cost=None)
    page = await team.page("/")
    spend = page[page.index('id="spend"') : page.index('id="traces"')]
    assert "unknown" in spend
    assert "$0" not in spend


@pytest.mark.parametrize("outcome", ["answered", "cached", "refused", "failed", "aborted"])
async def test_every_outcome_has_its_badge(team, outcome):
    await team.ask(outcome=outcome)
    assert re.search(rf'<span class="badge is-(?!plain)\w+">{outcome}</span>', await team.page("/"))


def test_more_traces_are_summed_than_listed():
    assert TRACES_SUMMED > TRACES_LISTED
