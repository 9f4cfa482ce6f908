"""What differs between two Versions."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gonogo.building import Toolbox, VersionDiff, diff_versions, folder_against, prepare
from gonogo.building.build import Draft
from gonogo.building.diff import diff_values


@pytest.fixture
def before(folder: Any, toolbox: Toolbox) -> Draft:
    return prepare(folder.path, toolbox)


def compared(before: Draft, folder: Any, toolbox: Toolbox) -> VersionDiff:
    after = prepare(folder.path, toolbox)
    return diff_versions(before.version, after.version, before.snapshot, after.snapshot)


def test_equal_versions_differ_in_nothing(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    diff = compared(before, folder, toolbox)
    assert diff.empty
    assert diff == VersionDiff(old="support@0", new="support@0", same_behaviour=True, same_gate=True)


def test_a_changed_prompt_is_shown_word_by_word(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("prompts/system.md", "only", "mostly")
    diff = compared(before, folder, toolbox)
    assert [change.name for change in diff.parts] == ["prompt"]
    changed = [(run.kind, run.text) for run in diff.prompts[0].words if run.kind != "same"]
    assert changed == [("removed", "only"), ("added", "mostly")]
    assert (diff.same_behaviour, diff.same_gate) == (False, True)


def test_chunks_are_told_by_source(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("knowledge/returns.md", "30 days", "60 days").remove("knowledge/deep/shipping.md")
    folder.write("knowledge/warranty.md", "Three years.\n")
    told = [(change.change, change.source) for change in compared(before, folder, toolbox).chunks]
    assert told == [
        ("removed", "knowledge/deep/shipping.md"),
        ("changed", "knowledge/returns.md"),
        ("added", "knowledge/warranty.md"),
    ]


def test_a_changed_chunk_shows_its_words(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("knowledge/returns.md", "30 days", "60 days")
    (change,) = compared(before, folder, toolbox).chunks
    assert [(run.kind, run.text) for run in change.words if run.kind != "same"] == [("removed", "30"), ("added", "60")]


def test_values_are_told_by_dotted_path(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("mission.yaml", "ttl: 24h", "ttl: 1h").edit("mission.yaml", "{injection: block}", "{injection: flag}")
    folder.edit("mission.yaml", "margin: 0.05", "margin: 0.04, min: 0.5")
    told = [(change.path, change.change, change.old, change.new) for change in compared(before, folder, toolbox).values]
    assert told == [
        ("cache.ttl", "changed", 86_400.0, 3_600.0),
        ("gate.require.pass_rate.margin", "changed", 0.05, 0.04),
        ("gate.require.pass_rate.min", "added", None, 0.5),
        ("guardrails.input[0].action", "changed", "block", "flag"),
    ]


def test_a_section_that_went_is_told_value_by_value(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("mission.yaml", "cache: {max_error: 0.02, ttl: 24h}\n", "")
    told = {(change.path, change.change) for change in compared(before, folder, toolbox).values}
    assert told == {("cache.max_error", "removed"), ("cache.ttl", "removed"), ("cache.semantic", "removed")}


def test_golden_tasks_are_told_by_id(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("golden/tasks.yaml", "How long?", "How many days?").edit(
        "golden/tasks.yaml", "id: delivery", "id: speed"
    )
    diff = compared(before, folder, toolbox)
    assert [(change.change, change.id) for change in diff.golden] == [
        ("removed", "delivery"), ("changed", "returns"), ("added", "speed"),
    ]  # fmt: skip
    assert [(value.path, value.old, value.new) for value in diff.golden[1].values] == [
        ("question", "How long?", "How many days?")
    ]
    assert (diff.same_behaviour, diff.same_gate) == (True, False)


def test_without_snapshots_a_changed_index_is_told_but_no_chunks(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("knowledge/returns.md", "30 days", "60 days")
    diff = diff_versions(before.version, prepare(folder.path, toolbox).version)
    assert [change.name for change in diff.parts] == ["index"]
    assert diff.chunks == ()


def test_a_folder_that_was_not_edited_is_empty_against_its_version(
    before: Draft, folder: Any, toolbox: Toolbox
) -> None:
    assert folder_against(before.version, prepare(folder.path, toolbox), before.snapshot).empty


def test_an_edited_folder_is_told_against_its_version(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("mission.yaml", "ttl: 24h", "ttl: 1h")
    diff = folder_against(before.version, prepare(folder.path, toolbox), before.snapshot)
    assert [change.path for change in diff.values] == ["cache.ttl"]


def test_a_diff_can_be_sent_as_json(before: Draft, folder: Any, toolbox: Toolbox) -> None:
    folder.edit("knowledge/returns.md", "30", "60").edit("mission.yaml", "ttl: 24h", "ttl: 1h")
    diff = compared(before, folder, toolbox)
    assert msgspec.json.decode(msgspec.json.encode(diff), type=VersionDiff) == diff


@pytest.mark.parametrize(("old", "new"), [(1, 1.0), (True, 1), ("1", 1)])
def test_values_of_another_type_differ_as_their_digests_do(old: object, new: object) -> None:
    assert [change.change for change in diff_values({"a": old}, {"a": new})] == ["changed"]
