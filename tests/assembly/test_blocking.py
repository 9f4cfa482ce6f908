"""The verbs without ``await``, for scripts and notebooks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import gonogo
from gonogo.building import new_mission

QUESTION = "How many days do I have to return a light?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_mission(tmp_path / "support", "support")
    return tmp_path / "support"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[gonogo.Home]:
    with gonogo.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def live(home: gonogo.Home, folder: Path) -> gonogo.Home:
    version = home.build(folder).version
    home.evaluate(version)
    home.deploy(version, reason="first")
    return home


def edit(folder: Path) -> None:
    page = folder / "knowledge/returns.md"
    page.write_text(page.read_text().replace("30 days", "14 days"))


def test_the_whole_loop_in_a_script(home, folder):
    assert home.validate(folder).usable
    version = home.build(str(folder)).version
    assert home.evaluate(version).outcome == "GO"
    assert home.deploy(version).version == 1
    edit(folder)
    better = home.build(folder).version
    assert home.evaluate(better).advisory
    home.deploy(better)
    assert [row.name for row in home.status()] == ["support@2"]
    assert home.rollback("support").version == 1
    assert [change.kind for change in home.history("support")] == ["rollback", "deploy", "deploy"]


def test_names_do_where_versions_do(live):
    assert live.version("support:production").number == 1
    assert live.evaluate("support@1").outcome == "GO"
    assert "30 days" in live.ask("support@1", QUESTION).answer
    assert [version.name for version in live.versions("support")] == ["support@1"]


def test_progress_is_reported_while_it_runs(live):
    readings: list[object] = []
    live.evaluate("support@1", environment="staging", fresh=True, progress=readings.append)
    assert readings[-1].done == readings[-1].total == 6  # type: ignore[attr-defined]


def test_the_gate_is_the_same_from_python(live, folder):
    edit(folder)
    with pytest.raises(gonogo.GateClosed):
        live.deploy(live.build(folder).version)
    with pytest.raises(gonogo.BadInput, match="reason"):
        live.deploy("support@2", override=" ")


def test_verdict_run_and_diff(live, folder):
    verdict = live.verdict("support@1")
    assert live.verdict(verdict.id) == verdict
    run = live.run(verdict.run_id)
    assert run is not None
    assert len(run.results) == 6
    assert live.run("0" * 32) is None
    edit(folder)
    live.build(folder)
    assert [chunk.source for chunk in live.diff("support@1", "support@2").chunks] == ["knowledge/returns.md"]


def test_a_kept_question_is_a_trace_that_can_be_diagnosed(live, folder):
    kept = live.ask("support", "Do you sell helmets?", keep=True, environment="production")
    assert [trace.id for trace in live.traces("support")] == [kept.id]
    assert live.trace(kept.id[:16]) == kept
    assert live.diagnose(kept.id) == live.diagnose(kept)
    edit(folder)
    assert "14 days" in live.ask_folder(folder, QUESTION).answer


def test_an_answer_made_elsewhere_is_scored_by_name(home):
    scores = home.score(QUESTION, "You have 30 days.", ["You have 30 days to return a light."])
    assert scores["faithfulness"].value == 1.0
    assert home.score(QUESTION, "You have 90 days.", ["You have 30 days."])["faithfulness"].value == 0.0


def test_what_is_live_is_watched(live):
    live.ask("support", QUESTION, keep=True, environment="production")
    report = live.monitor("support")
    assert report.mission == "support"
    with pytest.raises(gonogo.NotFound):
        live.monitor("suport")


def test_without_tasks_that_cite_pages_no_weight_is_proven(home, folder):
    with pytest.raises(gonogo.BadInput, match="cite a page"):
        home.weigh(folder)


def test_drafts_of_golden_tasks(home, folder):
    assert all(task.draft for task in home.draft_golden(folder, limit=2))


def test_what_was_raised_inside_is_raised_here(home):
    with pytest.raises(gonogo.NotFound):
        home.version("nobody")
    with pytest.raises(gonogo.NotFound):
        home.build("nowhere")


def test_it_works_where_a_loop_runs_already(live):
    """As in a notebook."""

    async def cell() -> str:
        return live.ask("support@1", QUESTION).answer

    assert "30 days" in asyncio.run(cell())


def test_closing_twice_is_fine_and_afterwards_it_says_so(tmp_path):
    home = gonogo.open(tmp_path / "home")
    home.close()
    home.close()
    with pytest.raises(RuntimeError, match="closed"):
        home.versions()


def test_no_thread_stays_behind(tmp_path):
    gonogo.open(tmp_path / "home").close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gonogo")]


def test_a_home_that_cannot_be_opened_leaves_no_thread_either(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((gonogo.BadInput, OSError)):
        gonogo.open(tmp_path / "file")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gonogo")]


@gonogo.trace(name="look up")
def look_up() -> int:
    return 17


@gonogo.trace(name="case")
def case(home: gonogo.Home) -> gonogo.Trace:
    look_up()
    return home.ask("support", QUESTION, keep=True)


def test_a_question_asked_inside_a_traced_function_has_its_spans(live, tmp_path):
    asked = case(live)
    live.close()

    with gonogo.open(tmp_path / "home") as home:
        found = home.trace(asked.id)
        assert [span.name for span in found.spans[-2:]] == ["app/look up", "app/case"]
        assert found.spans[-2].attributes["parent_id"] == found.spans[-1].attributes["span_id"]
        assert (found.usage, found.foreign, len(home.traces())) == (asked.usage, False, 1)


def test_a_traced_function_without_a_question_is_a_foreign_trace(home, tmp_path):
    look_up()
    home.close()

    with gonogo.open(tmp_path / "home") as again:
        [found] = again.traces()
    assert (found.mission, found.foreign, [span.name for span in found.spans]) == ("otel/app", True, ["look up"])


def test_a_closed_home_is_given_no_more_spans(home):
    home.close()
    assert look_up() == 17
