"""Folder to Version: the same on every machine, and different when anything that matters differs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonogo.building import Toolbox, build, prepare
from gonogo.building.lock import LOCK_FILE
from gonogo.domain import Version
from gonogo.errors import MissionInvalid

MakeFolder = Callable[..., Any]


def digests(version: Version) -> tuple[str, str]:
    return version.behaviour_digest, version.gate_digest


def drafted(folder: Any, toolbox: Toolbox) -> Version:
    return prepare(folder.path, toolbox).version


async def test_a_folder_is_built_numbered_and_kept(folder: Any, toolbox: Toolbox, store: Any, clock: Any) -> None:
    result = await build(folder.path, toolbox, store, clock, "ada")
    assert result.created
    assert result.version.name == "support@1"
    assert result.version.created_by == "ada"
    assert result.version.created_at == clock.now()
    assert await store.version("support", 1) == result.version
    assert result.snapshot is not None
    assert await store.snapshot(result.snapshot.digest) == result.snapshot


async def test_an_unchanged_folder_gives_the_version_it_gave_before(
    folder: Any, toolbox: Toolbox, store: Any, clock: Any
) -> None:
    first = await build(folder.path, toolbox, store, clock)
    again = await build(folder.path, toolbox, store, clock)
    assert not again.created
    assert again.version == first.version


async def test_a_changed_folder_gives_the_next_version(folder: Any, toolbox: Toolbox, store: Any, clock: Any) -> None:
    await build(folder.path, toolbox, store, clock)
    folder.edit("prompts/system.md", "only", "solely")
    result = await build(folder.path, toolbox, store, clock)
    assert result.created
    assert (result.version.number, result.version.part("prompt").number, result.version.part("index").number) == (
        2,
        2,
        1,
    )


async def test_going_back_gives_the_old_version_back(folder: Any, toolbox: Toolbox, store: Any, clock: Any) -> None:
    await build(folder.path, toolbox, store, clock)
    folder.edit("prompts/system.md", "only", "solely")
    await build(folder.path, toolbox, store, clock)
    folder.edit("prompts/system.md", "solely", "only")
    result = await build(folder.path, toolbox, store, clock)
    assert (result.version.number, result.created) == (1, False)


async def test_a_folder_with_problems_leaves_nothing_behind(
    folder: Any, toolbox: Toolbox, store: Any, clock: Any
) -> None:
    folder.edit("mission.yaml", "cache:", "cahce:")
    with pytest.raises(MissionInvalid):
        await build(folder.path, toolbox, store, clock)
    assert store.kept == []
    assert not (folder.path / LOCK_FILE).exists()


async def test_a_build_pins_what_is_installed(folder: Any, toolbox: Toolbox, store: Any, clock: Any) -> None:
    result = await build(folder.path, toolbox, store, clock)
    assert result.version.pins == {"chunker": "c" * 64, "embedder": "e" * 64}
    assert '"embedder": "' + "e" * 64 in (folder.path / LOCK_FILE).read_text()


async def test_another_embedder_than_the_lock_pins_is_refused_until_accepted(
    folder: Any, toolbox: Toolbox, store: Any, clock: Any
) -> None:
    await build(folder.path, toolbox, store, clock)
    other = replace(toolbox, pins={"embedder": "f" * 64})
    with pytest.raises(MissionInvalid, match="--update-lock"):
        await build(folder.path, other, store, clock)
    result = await build(folder.path, other, store, clock, update_lock=True)
    assert result.version.number == 2
    assert (await build(folder.path, other, store, clock)).version == result.version


async def test_a_new_component_is_pinned_with_a_warning(folder: Any, toolbox: Toolbox, store: Any, clock: Any) -> None:
    await build(folder.path, toolbox, store, clock)
    more = replace(toolbox, pins={**toolbox.pins, "router": "d" * 64})
    result = await build(folder.path, more, store, clock)
    assert [warning.key for warning in result.warnings] == ["pins.router"]
    assert (await build(folder.path, more, store, clock)).warnings == ()


async def test_progress_is_told(folder: Any, toolbox: Toolbox, store: Any, clock: Any) -> None:
    told: list[tuple[int, int]] = []
    await build(folder.path, toolbox, store, clock, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_edited_at_is_the_newest_file_that_was_used(folder: Any, toolbox: Toolbox) -> None:
    for path in folder.path.rglob("*.*"):
        os.utime(path, (1_000, 1_000))
    os.utime(folder.path / "knowledge" / "returns.md", (2_000, 2_000))
    folder.write("unused.txt", "newer")
    assert drafted(folder, toolbox).edited_at == 2_000.0


def test_a_mission_without_retrieval_has_no_index(folder: Any, toolbox: Toolbox) -> None:
    folder.edit("mission.yaml", 'retrieval: {sources: ["knowledge/**/*"]}\n', "")
    draft = prepare(folder.path, toolbox)
    assert draft.snapshot is None
    assert draft.version.index_digest is None


def test_knowledge_without_any_text_is_refused(folder: Any, toolbox: Toolbox) -> None:
    folder.write("knowledge/returns.md", "").write("knowledge/deep/shipping.md", "\n\n")
    with pytest.raises(MissionInvalid, match="no source holds any text"):
        prepare(folder.path, toolbox)


def test_equal_folders_in_other_places_give_equal_digests(make_folder: MakeFolder, toolbox: Toolbox) -> None:
    one, other = drafted(make_folder("one"), toolbox), drafted(make_folder("two/deeper"), toolbox)
    assert one.parts == other.parts


def test_the_order_files_were_made_in_changes_nothing(make_folder: MakeFolder, folder: Any, toolbox: Toolbox) -> None:
    files = {path.relative_to(folder.path).as_posix(): path.read_text() for path in folder.path.rglob("*.*")}
    backwards = make_folder("backwards", dict(reversed(files.items())))
    assert drafted(backwards, toolbox).parts == drafted(folder, toolbox).parts


REWORDINGS = [
    ("mission.yaml", "cache: {max_error: 0.02, ttl: 24h}", "cache: {ttl: 24h, max_error: 0.02}"),
    (
        "mission.yaml",
        "cache: {max_error: 0.02, ttl: 24h}",
        "# why\ncache:\n    ttl: 86400   # a day\n    max_error: 2e-2\n",
    ),
    ("mission.yaml", "tools: [tools/*.json]", "tools: tools/*.json"),
    ("mission.yaml", "mission: support", "mission: 'support'"),
    ("mission.yaml", "mode: advisory", "alpha: 0.05\n  mode: advisory"),
    ("mission.yaml", 'critical: ["tag:safety"]', "critical: 'tag:safety'"),
    ("golden/tasks.yaml", "- id: returns", "\n\n# first\n- id: returns"),
    ("prompts/system.md", "documents.\n", "documents.\n\n\n"),
    ("tools/look_up.json", '"type": "function", ', ""),
]


@pytest.mark.parametrize(("file", "old", "new"), REWORDINGS)
def test_what_means_the_same_changes_no_digest(file: str, old: str, new: str, folder: Any, toolbox: Toolbox) -> None:
    before = drafted(folder, toolbox)
    assert drafted(folder.edit(file, old, new), toolbox).parts == before.parts


@pytest.mark.parametrize("file", ["mission.yaml", "prompts/system.md", "golden/tasks.yaml", "tools/look_up.json"])
def test_windows_line_endings_change_no_digest(file: str, folder: Any, toolbox: Toolbox) -> None:
    before = drafted(folder, toolbox)
    folder.write(file, (folder.path / file).read_bytes().replace(b"\n", b"\r\n"))
    assert drafted(folder, toolbox).parts == before.parts


BEHAVIOUR = [
    ("models", "mission.yaml", "model: extractive-small", "model: extractive-large"),
    ("models", "mission.yaml", "extractive-small}", "extractive-small, params: {temperature: 0}}"),
    ("prompt", "mission.yaml", "Light House", "Lighthouse"),
    ("prompt", "prompts/system.md", "only", "Only"),
    ("tools", "tools/look_up.json", '"look_up"', '"look_it_up"'),
    ("tools", "mission.yaml", "[tools/*.json]", "[{files: tools/*.json, permission: deny}]"),
    ("requests", "mission.yaml", "mission: support", "mission: support\nrequests: {system: append}"),
    ("index", "knowledge/returns.md", "30 days", "31 days"),
    ("index", "mission.yaml", 'sources: ["knowledge/**/*"]', 'sources: ["knowledge/**/*"], top_k: 4'),
    ("guardrails", "mission.yaml", "kinds: [email]", "kinds: [phone]"),
    ("guardrails", "mission.yaml", "{injection: block}, ", ""),
    ("routing", "mission.yaml", "simple: small", "simple: large"),
    ("cache", "mission.yaml", "ttl: 24h", "ttl: 23h"),
]


@pytest.mark.parametrize(("part", "file", "old", "new"), BEHAVIOUR)
def test_what_can_change_an_answer_changes_its_part_and_the_behaviour_digest_only(
    part: str, file: str, old: str, new: str, folder: Any, toolbox: Toolbox
) -> None:
    before = drafted(folder, toolbox)
    after = drafted(folder.edit(file, old, new), toolbox)
    pairs = zip(before.parts, after.parts, strict=True)
    assert [one.name for one, other in pairs if one.digest != other.digest] == [part]
    assert before.behaviour_digest != after.behaviour_digest
    assert before.gate_digest == after.gate_digest


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("golden/tasks.yaml", "How fast?", "How quick?"),
        ("golden/tasks.yaml", "contains: 3 days", "contains: 4 days"),
        ("golden/tasks.yaml", "- id: delivery", "- id: speed"),
        ("mission.yaml", "margin: 0.05", "margin: 0.04"),
        ("mission.yaml", 'critical: ["tag:safety"]', "critical: []"),
    ],
)
def test_golden_tasks_and_gate_rules_change_the_gate_digest_only(
    file: str, old: str, new: str, folder: Any, toolbox: Toolbox
) -> None:
    before = drafted(folder, toolbox)
    after = drafted(folder.edit(file, old, new), toolbox)
    assert before.behaviour_digest == after.behaviour_digest
    assert before.gate_digest != after.gate_digest


def test_monitors_change_neither_digest(folder: Any, toolbox: Toolbox) -> None:
    before = drafted(folder, toolbox)
    after = drafted(folder.edit("mission.yaml", "gate:", "monitors: {sample: 0.5}\ngate:"), toolbox)
    assert digests(before) == digests(after)
    assert before.part("monitors") != after.part("monitors")


def test_moving_golden_tasks_to_another_file_changes_nothing(folder: Any, toolbox: Toolbox) -> None:
    before = drafted(folder, toolbox)
    first, second = (folder.path / "golden/tasks.yaml").read_text().split("- id: delivery")
    folder.write("golden/tasks.yaml", first).write("golden/a.yaml", f"- id: delivery{second}")
    assert drafted(folder, toolbox).parts == before.parts


def written(files: Mapping[str, str], toolbox: Toolbox) -> Version:
    with tempfile.TemporaryDirectory() as place:
        for name, content in files.items():
            path = Path(place) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode())
        return prepare(Path(place), toolbox).version


TEXT = st.text("ab é{}#:'\"\\-\t", min_size=1, max_size=8)
SMALL = {
    "mission.yaml": (
        "mission: m\nmodels: {a: {provider: builtin, model: x}}\nprompt: {system: s.md}\n"
        "retrieval: {sources: [k.md]}\ntools: t.json\n"
    ),
    "s.md": "Answer briefly.",
    "k.md": "One fact.",
    "t.json": '{"name": "t", "description": "Does it."}',
}


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["s.md", "k.md"]), st.integers(1, 8), TEXT)
def test_any_change_inside_a_prompt_or_a_page_changes_the_behaviour_digest(
    toolbox: Toolbox, name: str, place: int, inserted: str
) -> None:
    text = SMALL[name]
    before = written(SMALL, toolbox)
    after = written({**SMALL, name: text[:place] + inserted + text[place:]}, toolbox)
    assert before.behaviour_digest != after.behaviour_digest
    assert before.gate_digest == after.gate_digest


@settings(max_examples=15, deadline=None)
@given(
    st.permutations(SMALL["mission.yaml"].splitlines()), st.lists(st.sampled_from(["", "# note", "   "]), max_size=3)
)
def test_the_order_of_keys_comments_and_blank_lines_change_nothing(
    toolbox: Toolbox, lines: list[str], between: list[str]
) -> None:
    text = "\n".join(line for pair in zip(lines, [*between, *[""] * 5], strict=False) for line in pair)
    assert written({**SMALL, "mission.yaml": text}, toolbox).parts == written(SMALL, toolbox).parts


def test_files_left_out_are_warned_of_and_stand_in_the_snapshot() -> None:
    module = import_module("gonogo.building.build")
    from gonogo.building.findings import Findings
    from gonogo.domain import Chunk, RetrievalPolicy
    from gonogo.errors import Problem

    seen: dict[str, object] = {}

    class Leaves:
        def chunks(self, files: object, policy: object, progress: object, noted: Any) -> list[Chunk]:
            noted(Problem(message="was left out: is broken", file="knowledge/a.pdf"))
            noted(Problem(message="text hidden", file="knowledge/b.html"))
            return [Chunk(id="1", text="x", source="knowledge/b.html")]

    class Snapshots:
        def snapshot(self, chunks: object, policy: object, skipped: object, revisions: object) -> str:
            seen["skipped"] = skipped
            return "snapshot"

    policy = RetrievalPolicy(sources=("knowledge/*",))
    loaded = SimpleNamespace(mission=SimpleNamespace(retrieval=policy), knowledge={}, revisions={})
    findings = Findings()
    module._snapshot(loaded, SimpleNamespace(chunker=Leaves(), snapshots=Snapshots()), None, findings)  # type: ignore[arg-type]
    assert seen["skipped"] == ["knowledge/a.pdf"]
    assert len(findings.warnings) == 2
