"""Registering, comparing, promoting and serving classifiers over a real store and home folder."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.training.hand_made import hand_made, install_toy
from tests.training.toy import toy_rows

from gonogo.assembly import Settings, Workspace
from gonogo.assembly.classifier_library import HomeLibrary
from gonogo.assembly.classifier_rows import NamedRows
from gonogo.assembly.settings import SettingsFile
from gonogo.building import new_mission
from gonogo.classifiers import write_folder
from gonogo.domain import ClassifierCard, TrainingRow
from gonogo.errors import BadInput, MissionInvalid, NotFound, PromotionRefused
from gonogo.training.calibrate import Calibration, calibrate
from gonogo.training.fit import FitOptions
from gonogo.training.rows import example_of

ROWS = NamedRows(rows=toy_rows(200), called="rows.jsonl")
OTHER = NamedRows(rows=toy_rows(400, seed=9, source="forum"), called="valid.jsonl")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClassifierCard:
    return install_toy(tmp_path / "shipped", monkeypatch, bad=-1.0)


@pytest.fixture
async def workspace(tmp_path: Path, shipped: ClassifierCard) -> AsyncIterator[Workspace]:
    settings = Settings(home=tmp_path / "home", file=SettingsFile(), author="ana", secrets={})
    async with await Workspace.open(settings) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    new_mission(tmp_path / "support", "support")
    return tmp_path / "support"


async def kept(workspace: Workspace, bad: float = 4.0, **more: Any) -> ClassifierCard:
    return await workspace.classifiers.register(*hand_made(bad=bad, **more))


async def deployed(workspace: Workspace, folder: Path, *, update_lock: bool = False) -> str:
    version = (await workspace.build(folder, update_lock=update_lock)).version
    await workspace.evaluate(version)
    await workspace.deployments.deploy(version)
    return version.pins["classifier.toy"]


async def serving_weights(workspace: Workspace) -> str:
    version = await workspace.version("support:production")
    await workspace.components(version)
    return workspace.installed.classifiers.pinned(version.pins).classifier("toy").digest


async def test_before_anything_was_trained_the_shipped_one_is_listed(workspace, shipped):
    [row] = await workspace.classifiers.listed()
    assert (row.name, row.standing, row.digest, row.live) == ("toy", "shipped", shipped.digest, ())
    assert await workspace.classifiers.digest("toy") == ("toy", shipped.digest)


async def test_what_was_registered_can_be_had_by_the_beginning_of_its_digest(workspace):
    card = await kept(workspace)
    assert await workspace.classifiers.card(f"toy@{card.digest[:6]}") == card
    assert (await workspace.classifiers.load(f"toy@{card.digest[:6]}")).digest == card.digest
    with pytest.raises(NotFound, match="did you mean 'toy'"):
        await workspace.classifiers.load("toi")
    with pytest.raises(NotFound, match="here are"):
        await workspace.classifiers.load("toy@")


async def test_a_classifier_trained_elsewhere_is_registered_from_its_folder(workspace, tmp_path):
    card, tensors = hand_made(bad=3.0)
    write_folder(tmp_path / "from-elsewhere", card, tensors)
    assert await workspace.classifiers.register_folder(tmp_path / "from-elsewhere") == card
    assert card.digest in workspace.classifiers.library.here("toy")


async def test_a_folder_this_gonogo_cannot_run_is_refused_and_nothing_is_kept(workspace, tmp_path):
    write_folder(tmp_path / "strange", *hand_made("smell", features="smell/1"))
    with pytest.raises(BadInput, match="smell/1"):
        await workspace.classifiers.register_folder(tmp_path / "strange")
    with pytest.raises(NotFound):
        await workspace.classifiers.register_folder(tmp_path / "nowhere")
    assert await workspace.store.classifiers() == []
    assert not workspace.classifiers.library.root.exists()


async def test_measures_on_other_rows_have_intervals_and_slices(workspace):
    card = await kept(workspace)
    found = await workspace.classifiers.evaluate(f"toy@{card.digest}", OTHER)
    auc = found.measures["auc"]
    assert auc.low < auc.value < auc.high
    assert (found.tested_on, found.data.rows, found.trained_on) == ("valid.jsonl", 400, False)
    assert {"length", "language"} <= {part.dimension for part in found.slices}


async def test_a_comparison_on_the_same_rows_is_kept_and_allows_a_promotion(workspace, shipped):
    card = await kept(workspace)
    found = await workspace.classifiers.compare(f"toy@{card.digest}", "toy@shipped", OTHER)
    assert (found.outcome, found.baseline) == ("better", shipped.digest)
    assert await workspace.classifiers.comparisons("toy") == [found]
    made = await workspace.classifiers.promote(f"toy@{card.digest}", reason="won")
    assert made.comparison_id == found.id
    assert (await workspace.classifiers.listed())[0].standing == "promoted"


async def test_a_promotion_can_bring_its_own_rows(workspace):
    card = await kept(workspace)
    made = await workspace.classifiers.promote(f"toy@{card.digest}", reason="won", rows=OTHER)
    assert made.comparison_id is not None


async def test_a_loser_is_not_promoted_unless_somebody_says_why(workspace):
    worse = await kept(workspace, bad=-2.0)
    better = await kept(workspace, bad=4.0)
    await workspace.classifiers.promote(f"toy@{better.digest}", reason="won", rows=OTHER)
    with pytest.raises(PromotionRefused, match="worse: AUC"):
        await workspace.classifiers.promote(f"toy@{worse.digest}", reason="try", rows=OTHER)
    made = await workspace.classifiers.promote(f"toy@{worse.digest}", reason="try", override="a drill")
    assert made.override == "a drill"
    assert (await workspace.classifiers.listed())[0].override == "a drill"


async def test_what_this_gonogo_cannot_run_is_not_promoted(workspace):
    card, tensors = hand_made("own", features="smell/1")
    await workspace.classifiers.register(card, tensors)
    with pytest.raises(BadInput, match="smell/1"):
        await workspace.classifiers.promote("own", reason="new")


@pytest.mark.parametrize("pair", [("toy", "toy@shipped"), ("toy", "own")])
async def test_only_two_of_one_name_are_compared(pair, workspace):
    await workspace.classifiers.register(*hand_made("own", features="toy/1"))
    with pytest.raises(BadInput, match="compare two of one name"):
        await workspace.classifiers.compare(*pair, OTHER)


async def test_a_promoted_classifier_is_a_part_that_is_proven_deployed_and_rolled_back(workspace, folder, shipped):
    assert await deployed(workspace, folder) == shipped.digest
    card = await kept(workspace)
    await workspace.classifiers.promote(f"toy@{card.digest}", reason="won", rows=OTHER)
    assert not (await workspace.build(folder)).created
    assert await deployed(workspace, folder, update_lock=True) == card.digest
    changed = await workspace.versions.diff("support@1", "support@2")
    assert [str(part.new) for part in changed.parts] == ["classifiers cl2"]
    assert not changed.same_behaviour
    assert await serving_weights(workspace) == card.digest
    await workspace.deployments.roll_back("support")
    assert await serving_weights(workspace) == shipped.digest
    assert (await workspace.classifiers.listed())[0].live_otherwise == ("support@1",)


async def test_rolling_a_promotion_back_gives_the_first_version_back_at_the_next_build(workspace, folder, shipped):
    first = (await workspace.build(folder)).version
    card = await kept(workspace)
    await workspace.classifiers.promote(f"toy@{card.digest}", reason="won", rows=OTHER)
    await workspace.build(folder, update_lock=True)
    assert (await workspace.classifiers.roll_back("toy", reason="alarms")).digest is None
    assert (await workspace.build(folder, update_lock=True)).version == first


async def test_a_mission_can_have_its_own(workspace, folder, shipped):
    await workspace.build(folder)
    card = await kept(workspace)
    await workspace.classifiers.promote(f"toy@{card.digest}", reason="ours", rows=OTHER, mission="support")
    assert (await workspace.build(folder, update_lock=True)).version.pins["classifier.toy"] == card.digest
    assert (await workspace.classifiers.load("toy")).digest == shipped.digest
    assert (await workspace.classifiers.load("toy", mission="support")).digest == card.digest
    with pytest.raises(NotFound, match="did you mean 'support'"):
        await workspace.classifiers.promote(f"toy@{card.digest}", reason="ours", mission="suport")


async def test_a_version_whose_weights_are_gone_is_refused_with_the_next_step(workspace, folder, shipped):
    card = await kept(workspace)
    await workspace.classifiers.promote(f"toy@{card.digest}", reason="won", rows=OTHER)
    version = (await workspace.build(folder)).version
    place = workspace.classifiers.library.folder("toy", card.digest)
    place.rename(place.with_name("elsewhere"))
    with pytest.raises(NotFound, match=r"neither shipped nor in.*classifiers register FOLDER"):
        await workspace.components(version)
    [row] = await workspace.classifiers.listed()
    assert "neither shipped nor in" in row.problem
    problems = [problem.message for problem in (await workspace.validate(folder)).problems]
    assert any("not here" in message for message in problems)


async def test_a_version_built_before_classifiers_were_pinned_is_served_with_the_shipped_ones(
    workspace, folder, shipped
):
    draft = (await workspace.folders.draft(folder)).version
    old = structs.replace(draft, pins={name: pin for name, pin in draft.pins.items() if "classifier" not in name})
    version = await workspace.store.add_version(old, (await workspace.folders.draft(folder)).snapshot)
    assert await workspace.components(version)
    assert workspace.installed.classifiers.pinned(version.pins).classifier("toy").digest == shipped.digest


async def test_what_is_live_survives_an_upgrade_that_brings_other_weights(workspace, folder, shipped, tmp_path):
    await deployed(workspace, folder)
    write_folder(tmp_path / "newer" / "toy", *hand_made(bad=9.0))
    old = workspace.installed.classifiers
    workspace.installed.__dict__["classifiers"] = HomeLibrary(
        workspace.settings.home, tmp_path / "newer", features=old._features
    )
    assert await serving_weights(workspace) == shipped.digest
    [warning] = (await workspace.build(folder)).warnings
    assert "--update-lock" in str(warning)


async def test_why_goes_from_data_to_what_is_live(workspace, folder, shipped):
    await deployed(workspace, folder)
    card = await kept(workspace)
    await workspace.classifiers.promote(f"toy@{card.digest}", reason="won", rows=OTHER)
    new, root = (await workspace.classifiers.why("toy")).weights
    assert (new.card.digest, new.promoted_for, new.versions) == (card.digest, ("all Missions",), ())
    assert root.shipped
    assert root.versions[0].live_in == ("support:production",)
    with pytest.raises(NotFound, match="did you mean"):
        await workspace.classifiers.why("tooy")


async def test_rolling_back_what_was_never_promoted_says_so(workspace):
    with pytest.raises(BadInput, match="nothing to go back to"):
        await workspace.classifiers.roll_back("toy")


async def test_weights_of_somebody_who_was_stopped_before_registering_can_be_promoted(workspace):
    card, tensors = hand_made(bad=4.0)
    workspace.classifiers.library.keep(card, tensors)
    await workspace.classifiers.promote(f"toy@{card.digest}", reason="won", rows=OTHER)
    assert await workspace.store.classifiers() == [card]


@pytest.mark.needs_training
async def test_trained_registered_promoted_built_proven_deployed_and_rolled_back(workspace, folder, shipped):
    await deployed(workspace, folder)
    learned = await workspace.classifiers.train("toy", ROWS, valid=OTHER)
    assert learned.card.parent == shipped.digest
    assert "400 rows of valid.jsonl" in learned.card.tested_on
    assert learned.card.identity is not None
    assert learned.comparison.outcome == "better"
    await workspace.classifiers.promote(f"toy@{learned.card.digest}", reason="retrained")
    assert await deployed(workspace, folder, update_lock=True) == learned.card.digest
    assert await serving_weights(workspace) == learned.card.digest
    await workspace.deployments.roll_back("support")
    assert await serving_weights(workspace) == shipped.digest


@pytest.mark.needs_training
async def test_without_rows_held_out_the_comparison_is_cross_fitted_and_counts(workspace):
    learned = await workspace.classifiers.train("toy", ROWS)
    assert learned.comparison.independent
    assert learned.comparison.tested_on == "rows.jsonl, cross-fitted"
    assert not learned.known
    again = await workspace.classifiers.train("toy", ROWS)
    assert again.card == learned.card
    assert again.known


@pytest.mark.needs_training
async def test_a_name_without_features_of_its_own_says_how_to_choose_some(workspace):
    with pytest.raises(BadInput, match="--features"):
        await workspace.classifiers.train("smell", ROWS)
    made = await workspace.classifiers.train("smell", ROWS, features="toy", options=FitOptions(seed=3))
    assert (made.card.name, made.card.features, made.comparison) == ("smell", "toy/1", None)
    assert (await workspace.classifiers.promote("smell", reason="first")).previous is None


def add_rule(folder: Path, name: str) -> None:
    path = folder / "mission.yaml"
    text = path.read_text(encoding="utf-8")
    [line] = [line for line in text.splitlines() if line.startswith("routing:")]
    assert line.endswith("}")
    rule = f"{line[:-1]}, rules: [{{when: {{classifier: {name}}}, to: large}}]}}"
    path.write_text(text.replace(line, rule), encoding="utf-8")


async def why_this_model(workspace: Workspace) -> str:
    version = await workspace.version("support:production")
    trace = (await workspace.ask(version, "Is this bad?")).trace
    assert trace.routing is not None
    return trace.routing.reasons[0]


async def test_what_is_live_answers_by_the_weights_it_pins_and_after_a_rollback_by_the_old_ones(workspace, folder):
    add_rule(folder, "toy")
    await deployed(workspace, folder)
    assert (await why_this_model(workspace)).startswith("not rule 1: toy 0.")
    card = await kept(workspace)
    await workspace.classifiers.promote(f"toy@{card.digest}", reason="won", rows=OTHER)
    assert (await why_this_model(workspace)).startswith("not rule 1")
    await deployed(workspace, folder, update_lock=True)
    assert (await why_this_model(workspace)).startswith("rule 1: toy 0.")
    await workspace.deployments.roll_back("support")
    assert (await why_this_model(workspace)).startswith("not rule 1")


async def test_an_own_classifier_is_pinned_where_a_rule_calls_it_and_nowhere_else(workspace, folder):
    card = await workspace.classifiers.register(*hand_made("own", features="toy/1"))
    assert "classifier.own" not in (await workspace.build(folder)).version.pins
    add_rule(folder, "own")
    with pytest.raises(MissionInvalid, match="needs the classifier 'own', and none is promoted here"):
        await workspace.build(folder)
    await workspace.classifiers.promote("own", reason="first of its name")
    assert (await workspace.build(folder)).version.pins["classifier.own"] == card.digest


@pytest.fixture
def annotated(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Labels that Traces of support got: as the classifier says, but for one in eight."""
    chance = random.Random(3)
    rows = toy_rows(80, noise=0.0)
    labels = [row.label != (chance.random() < 0.125) for row in rows]

    async def calibration(store: object, classifier: Any, mission: str, reader: Any) -> tuple[Calibration, object]:
        found = [classifier.judge(example_of(row, reader)).probability for row in rows]
        return calibrate(labels, found), rows

    monkeypatch.setattr("gonogo.assembly.classifier_verbs.calibration_of", calibration)
    return labels


async def test_a_calibrated_classifier_is_registered_with_what_still_holds_on_its_card(workspace, annotated):
    card = await kept(workspace, bad=16.0)
    found, made = await workspace.classifiers.calibrate(f"toy@{card.digest}", "support")
    assert found.helps
    assert made.parent == card.digest
    assert set(made.measures) == {"auc"}
    assert "calibrated for support with 80 Annotations" in made.note
    sure, less_sure = [await workspace.classifiers.load(f"toy@{one.digest}") for one in (card, made)]
    bad = example_of(TrainingRow(text="a bad parcel", label=True), workspace.installed.reader)
    assert found.apply(sure.judge(bad).probability) == pytest.approx(less_sure.judge(bad).probability, abs=1e-4)
    assert await workspace.store.promotions() == []


async def test_a_calibration_that_helps_can_be_promoted_for_its_mission_alone(workspace, folder, annotated):
    await workspace.build(folder)
    card = await kept(workspace, bad=16.0)
    await workspace.classifiers.promote(f"toy@{card.digest}", reason="won", rows=OTHER)
    _, made = await workspace.classifiers.calibrate("toy", "support", promote=True)
    assert (await workspace.store.promotions())[0].reason.startswith("calibrated: log loss falls by")
    assert (await workspace.build(folder, update_lock=True)).version.pins["classifier.toy"] == made.digest
    assert (await workspace.classifiers.load("toy")).digest == card.digest


async def test_a_calibration_that_is_not_proven_to_help_is_not_promoted(workspace, folder, annotated):
    await workspace.build(folder)
    fitting = await kept(workspace, bad=4.0)
    with pytest.raises(BadInput, match="do not prove that calibrating"):
        await workspace.classifiers.calibrate(f"toy@{fitting.digest}", "support", promote=True)
