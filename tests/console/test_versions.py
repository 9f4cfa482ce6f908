"""What a Version is made of, and how it differs from the one before."""

from __future__ import annotations

import re

import pytest

from gonogo.digest import short
from gonogo.domain import GoldenTask, ModelSpec


async def test_a_version_shows_every_part_with_number_and_digest(team):
    version = await team.build()
    page = await team.page("/versions/support@1")
    for part in version.parts:
        assert f"{part.name}</th><td>{part.code}</td><td><code>{short(part.digest)}</code>" in page


@pytest.mark.parametrize("name", ["support", "support@1", "support:production"])
async def test_every_name_of_a_version_leads_to_it(team, name):
    await team.prove_and_deploy()
    assert "<title>support@1 · gonogo</title>" in await team.page(f"/versions/{name}")


async def test_the_system_prompt_keeps_its_lines(team):
    await team.build("Be brief.\n\n  Cite  sources.")
    assert '<pre class="text">Be brief.\n\n  Cite  sources.</pre>' in await team.page("/versions/support@1")


async def test_words_that_came_and_went_are_marked(team):
    await team.build("Answer in three sentences.")
    await team.build("Answer in five sentences.")
    page = await team.page("/versions/support@2")
    assert "Answer in <del>three</del><ins>five</ins> sentences." in page
    assert "behaviour changed" in page


async def test_chunks_that_came_and_changed_are_marked(team):
    await team.build(chunks=("Two years.", "Ships free."))
    await team.build(chunks=("Three years.", "Ships free.", "Open on Sundays."))
    page = await team.page("/versions/support@2")
    assert "<del>Two</del><ins>Three</ins> years." in page
    assert "<ins>Open on Sundays.</ins>" in page


async def test_values_and_tasks_that_changed_are_marked(team):
    await team.build()
    models = {"small": ModelSpec(provider="local", model="llama3:70b")}
    await team.build(models=models, golden=(GoldenTask(id="t0", question="Another?"),))
    page = await team.page("/versions/support@2")
    assert "<code>models.small.model</code> <del>llama3:8b</del> <ins>llama3:70b</ins>" in page
    assert "<ins>Another?</ins>" in page
    assert re.search(r"removed</span> <code>t1</code>", page)


async def test_a_part_that_changed_says_what_it_was(team):
    await team.build("One.")
    await team.build("Two.")
    page = await team.page("/versions/support@2")
    assert page.count('class="changed"') == 1
    assert "changed</span> from p1" in page


async def test_a_version_with_the_same_behaviour_says_no_answer_can_change(team):
    first = await team.build()
    await team.build(golden=first.mission.golden[1:])
    page = await team.page("/versions/support@2")
    assert "No answer can change; golden tasks and gate rules changed." in page


async def test_the_first_version_differs_from_nothing(team):
    await team.build()
    assert "This is the first Version." in await team.page("/versions/support@1")


async def test_versions_link_to_the_one_before_and_the_one_after(team):
    for prompt in ("One.", "Two.", "Three."):
        await team.build(prompt)
    page = await team.page("/versions/support@2")
    assert '<a href="/versions/support@1" rel="prev">' in page
    assert '<a href="/versions/support@3" rel="next">' in page


async def test_a_version_shows_where_it_is_live_and_how_it_came_there(team):
    version = await team.build()
    await team.deploy(version, None, override="launch day", may_override=True)
    page = await team.page("/versions/support@1")
    assert "live in production</span>" in page
    assert "Deployed without GO: launch day" in page


async def test_a_version_lists_its_verdicts_with_links(team):
    version = await team.build()
    verdict = await team.evaluate(version, failing=60)
    page = await team.page("/versions/support@1")
    assert f'href="/verdicts/{verdict.id}"' in page
    assert '<span class="badge is-nogo">NO-GO</span>' in page


async def test_a_version_that_was_never_proven_gives_the_command(team):
    await team.build()
    assert ">gonogo evaluate support@1<" in await team.page("/versions/support@1")


@pytest.mark.parametrize(
    "harm", ["UPDATE snapshot_chunks SET line = 99", "UPDATE snapshots SET digest = 'moved' || id"]
)
async def test_a_lost_or_damaged_snapshot_hides_the_difference_and_not_the_version(team, harm):
    await team.build(chunks=("Two years.",))
    await team.build(chunks=("Three years.",))
    await team.store.database.write(lambda connection: connection.execute(harm))
    page = await team.page("/versions/support@2")
    assert "The difference cannot be shown" in page
    assert '<h2 id="parts">Parts</h2>' in page
