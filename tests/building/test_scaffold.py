"""New Missions: they build, run with the built-in models and pass their own golden tasks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gonogo.building import MISSION_KINDS, Toolbox, new_mission, prepare, validate
from gonogo.contracts import Answer
from gonogo.domain import ModelRequest
from gonogo.errors import BadInput
from gonogo.features import Reader, StaticEmbedder
from gonogo.guardrails import checks
from gonogo.metrics import BuiltInAssertions
from gonogo.providers.extractive.provider import ExtractiveProvider
from gonogo.retrieval.chunking import StructureChunker
from gonogo.retrieval.embedded import EmbeddedBackend
from gonogo.retrieval.snapshot import DigestingSnapshotMaker


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(StaticEmbedder())


@pytest.fixture(scope="module")
def real(toolbox: Toolbox, reader: Reader) -> Toolbox:
    """The components that run here, as far as a new Mission meets them."""
    chunker = StructureChunker()
    return replace(
        toolbox,
        chunker=chunker,
        assertions=BuiltInAssertions(reader),
        snapshots=DigestingSnapshotMaker(reader.embedder, chunker),
        guardrail_problems=checks.problems,
        known_checks=frozenset(checks.KNOWN),
    )


@pytest.mark.parametrize("kind", MISSION_KINDS)
def test_a_new_mission_has_no_problems_and_no_warnings(kind: str, real: Toolbox, tmp_path: Path) -> None:
    new_mission(tmp_path / "m", "support", kind)
    report = validate(tmp_path / "m", real)
    assert (report.problems, report.warnings) == ((), ())


@pytest.mark.parametrize("kind", MISSION_KINDS)
def test_a_new_mission_carries_the_name_it_was_given(kind: str, real: Toolbox, tmp_path: Path) -> None:
    new_mission(tmp_path / "m", "night-desk", kind)
    assert prepare(tmp_path / "m", real).version.mission.name == "night-desk"


@pytest.mark.parametrize("model", ["extractive-small", "extractive-large"])
@pytest.mark.parametrize("kind", MISSION_KINDS)
def test_both_built_in_models_pass_every_golden_task(
    kind: str, model: str, real: Toolbox, reader: Reader, tmp_path: Path
) -> None:
    new_mission(tmp_path / "m", "support", kind)
    draft = prepare(tmp_path / "m", real)
    mission = draft.version.mission
    assert draft.snapshot is not None
    assert mission.retrieval is not None
    index = EmbeddedBackend(reader).build(draft.snapshot, mission.retrieval)
    provider = ExtractiveProvider(reader)
    for task in mission.golden:
        chunks = tuple(index.search(reader.read(task.question), mission.retrieval.top_k))
        request = ModelRequest(
            model=model, messages=(), system=mission.prompt.system, question=task.question, chunks=chunks
        )
        text = "".join(line.text for line in provider.answer(request))
        answer = Answer(question=task.question, text=text, chunks=chunks)
        assert all(real.assertions.judge(assertion, answer).passed for assertion in task.expect), f"{task.id}: {text}"


def test_an_agent_has_a_tool_that_asks(real: Toolbox, tmp_path: Path) -> None:
    new_mission(tmp_path / "m", "support", "agent")
    (tool,) = prepare(tmp_path / "m", real).version.mission.tools
    assert (tool.name, tool.permission, tool.max_steps) == ("book_slot", "ask", 3)


def test_the_files_written_are_told(tmp_path: Path) -> None:
    written = new_mission(tmp_path / "a" / "m", "support")
    there = sorted(path.relative_to(tmp_path / "a" / "m") for path in (tmp_path / "a" / "m").rglob("*.*"))
    assert list(written) == there


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    new_mission(tmp_path, "support")
    assert (tmp_path / "mission.yaml").exists()


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="nothing is ever overwritten"):
        new_mission(tmp_path, "support")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["Support", "", "a b", "../x", "1st"])
def test_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot name a Mission"):
        new_mission(tmp_path / "m", name)


def test_an_unknown_kind_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="did you mean 'chatbot'"):
        new_mission(tmp_path / "m", "support", "chatbox")
    assert not (tmp_path / "m").exists()
