"""What a build pins of its classifiers: the lock's choice as long as it is here, else what is promoted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from gonogo.building import ClassifierChoice, Toolbox, build, prepare, validate
from gonogo.building.lock import LOCK_FILE
from gonogo.errors import MissionInvalid

OLD, NEW, GONE = "1" * 64, "2" * 64, "9" * 64
KEY = "classifier.toxicity"


def having(toolbox: Toolbox, **classifiers: ClassifierChoice) -> Toolbox:
    def choices(_mission: object) -> Mapping[str, ClassifierChoice]:
        return classifiers

    return replace(toolbox, classifiers=choices)


def choice(chosen: str | None, *here: str) -> ClassifierChoice:
    return ClassifierChoice(chosen=chosen, here=frozenset(here))


def problem_of(folder: Any, toolbox: Toolbox) -> str:
    with pytest.raises(MissionInvalid) as refused:
        prepare(folder.path, toolbox)
    [problem] = refused.value.problems
    return str(problem)


@pytest.fixture
def old(toolbox: Toolbox) -> Toolbox:
    return having(toolbox, toxicity=choice(OLD, OLD))


@pytest.fixture
def both(toolbox: Toolbox) -> Toolbox:
    return having(toolbox, toxicity=choice(NEW, OLD, NEW))


async def test_a_build_pins_what_is_promoted_and_the_lock_says_so(folder, old, store, clock):
    version = (await build(folder.path, old, store, clock)).version
    assert version.pins[KEY] == OLD
    assert f'"{KEY}": "{OLD}"' in (folder.path / LOCK_FILE).read_text()


async def test_a_pinned_one_stays_while_it_is_here_and_the_newer_one_is_told(folder, old, both, store, clock):
    first = (await build(folder.path, old, store, clock)).version
    again = await build(folder.path, both, store, clock)
    assert again.version == first
    [warning] = again.warnings
    assert "promoted here by now is 222222222222" in str(warning)
    assert "--update-lock takes it over" in str(warning)


async def test_updating_the_lock_takes_the_promoted_one_over_as_another_version(folder, old, both, store, clock):
    first = (await build(folder.path, old, store, clock)).version
    second = (await build(folder.path, both, store, clock, update_lock=True)).version
    assert second.pins[KEY] == NEW
    assert second.part("classifiers").code == "cl2"
    assert second.behaviour_digest != first.behaviour_digest
    assert (await build(folder.path, both, store, clock)).warnings == ()


async def test_going_back_gives_the_first_version_back(folder, old, both, store, clock):
    first = (await build(folder.path, old, store, clock)).version
    await build(folder.path, both, store, clock, update_lock=True)
    assert (await build(folder.path, old, store, clock, update_lock=True)).version == first


async def test_a_pin_of_weights_that_are_not_here_says_what_to_do(folder, toolbox, old, store, clock):
    await build(folder.path, old, store, clock)
    moved = having(toolbox, toxicity=choice(NEW, NEW))
    said = problem_of(folder, moved)
    assert "mission.lock" in said
    assert "pins 111111111111, and those weights are not here" in said
    assert "`gonogo classifiers register FOLDER` brings them, or pin 222222222222 with --update-lock" in said
    assert (await build(folder.path, moved, store, clock, update_lock=True)).version.pins[KEY] == NEW


async def test_what_is_neither_shipped_nor_promoted_cannot_be_used(folder, toolbox):
    said = problem_of(folder, having(toolbox, churn=choice(None)))
    assert "mission.yaml: needs the classifier 'churn', and none is promoted here" in said
    assert "gonogo classifiers train churn" in said


async def test_promoted_weights_that_are_gone_say_what_to_do(folder, toolbox):
    said = problem_of(folder, having(toolbox, toxicity=choice(NEW, OLD)))
    assert "toxicity@222222222222 is promoted here, and its weights are gone" in said
    assert "`rollback toxicity` goes back" in said


async def test_one_that_is_not_pinned_yet_is_pinned_with_a_warning(folder, toolbox, old, store, clock):
    await build(folder.path, toolbox, store, clock)
    result = await build(folder.path, old, store, clock)
    assert [warning.key for warning in result.warnings] == [f"pins.{KEY}"]
    assert result.version.pins[KEY] == OLD


async def test_one_that_is_used_no_more_loses_its_pin_with_a_warning(folder, toolbox, old, store, clock):
    await build(folder.path, old, store, clock)
    result = await build(folder.path, toolbox, store, clock)
    assert "is not used by this Mission" in str(result.warnings[0])
    assert KEY not in result.version.pins
    assert KEY not in (folder.path / LOCK_FILE).read_text()


async def test_validating_tells_the_same(folder, toolbox, old, store, clock):
    await build(folder.path, old, store, clock)
    report = validate(folder.path, having(toolbox, toxicity=choice(NEW, NEW)))
    assert ["not here" in problem.message for problem in report.problems] == [True]


def test_a_folder_that_cannot_be_read_is_told_for_itself(folder, old):
    folder.edit("mission.yaml", "retrieval:", "retreival:")
    assert "retreival" in problem_of(folder, old)
    folder.write(LOCK_FILE, f'format: 1\npins:\n  "{KEY}": "{GONE}"\n')
    assert all("not here" not in problem.message for problem in validate(folder.path, old).problems)
