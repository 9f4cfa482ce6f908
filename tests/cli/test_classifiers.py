"""``gonogo classifiers``: what a person sees, and the exit codes a script relies on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.training.hand_made import hand_made, install_toy
from tests.training.toy import toy_rows

from gonogo.classifiers import write_folder
from gonogo.cli.classifiers import SUBCOMMANDS, classifiers
from gonogo.domain import ClassifierCard
from gonogo.training.rows import write_rows


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClassifierCard:
    """gonogo comes with ``toy``, which is bad."""
    return install_toy(tmp_path / "shipped", monkeypatch, bad=-1.0)


@pytest.fixture
def toy(shell: Any, shipped: ClassifierCard) -> Any:
    """A shell with rows to measure on."""
    write_rows(shell.folder / "rows.jsonl", toy_rows(300))
    write_rows(shell.folder / "valid.jsonl", toy_rows(300, seed=9, source="forum"))
    write_rows(shell.folder / "few.jsonl", toy_rows(24))
    return shell


@pytest.fixture
def better(toy: Any) -> str:
    """``toy@...`` of a registered classifier that is good."""
    write_folder(toy.folder / "better", *hand_made(bad=4.0))
    said = toy.fine("classifiers", "register", "better", "--json").json
    return f"toy@{said['digest'][:12]}"


def test_an_empty_home_says_how_to_start(shell, monkeypatch, tmp_path):
    monkeypatch.setattr("gonogo.classifiers.table.SHIPPED", tmp_path / "none")
    install_toy(tmp_path / "none", monkeypatch)
    (tmp_path / "none" / "toy" / "card.json").unlink()
    said = shell.fine("classifiers", "list").out
    assert "No classifiers here yet" in said
    assert "train NAME --data FILE.jsonl" in said
    assert shell.fine("classifiers", "list", "--json").json == []


def test_the_list_shows_quality_with_its_interval_and_what_is_live(toy, shipped):
    toy.fine("new", "support")
    toy.fine("evaluate", "support")
    toy.fine("deploy", "support@1")
    said = toy.fine("classifiers", "list").out
    for part in (
        "shipped",
        shipped.digest[:12],
        "0.940 [0.920, 0.960] n 400",
        "0.500 (FPR 1 %)",
        "support@1",
        "linear",
    ):
        assert part in said, part


def test_a_card_is_one_screen(toy):
    said = toy.fine("classifiers", "show", "toy").out
    assert len(said.splitlines()) <= 50
    for part in ("400 rows, 200 positive", "set for 1 % false positives", "auc", "[0.920, 0.960]", "toy/1"):
        assert part in said, part


def test_a_comparison_tells_by_its_exit_code(toy, better):
    assert toy("classifiers", "compare", better, "toy", "--data", "valid.jsonl").code == 0
    assert toy("classifiers", "compare", "toy@shipped", better, "--data", "valid.jsonl").code == 1
    said = toy("classifiers", "compare", better, "toy", "--data", "few.jsonl")
    assert said.code == 3
    assert "n too small" in said.out
    assert toy("classifiers", "compare", "toy", "toy", "--data", "valid.jsonl").code == 65


def test_promoting_needs_proof_and_says_how_to_get_it(toy, better):
    refused = toy("classifiers", "promote", better, "--reason", "new")
    assert refused.code == 4
    assert "was never compared" in refused.err
    assert "gonogo classifiers compare" in refused.err
    assert toy("classifiers", "promote", better).code == 2
    said = toy.fine("classifiers", "promote", better, "--reason", "new", "--data", "valid.jsonl").out
    assert f"new builds pin {better}" in said
    assert "promoted" in toy.fine("classifiers", "list").out


def test_an_override_is_shown_for_ever(toy, better):
    toy.fine("classifiers", "promote", better, "-r", "new", "--override", "the old one is rude")
    assert "OVERRIDE: the old one is rude" in toy.fine("classifiers", "list").out
    assert "OVERRIDE: the old one is rude" in toy.fine("classifiers", "why", "toy").out


def test_a_name_alone_promotes_the_one_registered_last_and_once_is_enough(toy, better):
    assert (
        f"new builds pin {better} (promote)"
        in toy.fine("classifiers", "promote", "toy", "-r", "new", "--data", "valid.jsonl").out
    )
    assert "already; nothing was changed" in toy.fine("classifiers", "promote", "toy", "-r", "again").out


def test_a_loser_is_refused_with_code_one(toy, better):
    toy.fine("classifiers", "promote", better, "-r", "new", "--data", "valid.jsonl")
    said = toy("classifiers", "promote", "toy@shipped", "-r", "back", "--data", "valid.jsonl")
    assert said.code == 1
    assert "was not promoted: worse: AUC" in said.err
    assert "--override REASON promotes it all the same" in said.err


def test_a_promotion_goes_the_way_of_every_part_and_can_be_rolled_back(toy, better):
    toy.fine("new", "support")
    toy.fine("build", "support")
    toy.fine("classifiers", "promote", better, "-r", "new", "--data", "valid.jsonl")
    assert "--update-lock takes it over" in toy.fine("build", "support").err
    toy.fine("build", "support", "--update-lock")
    assert "classifiers cl1  ->  classifiers cl2" in toy.fine("diff", "support@1", "support@2").out
    assert "the shipped one (rollback)" in toy.fine("classifiers", "rollback", "toy", "-r", "alarms").out
    assert "support@1 is unchanged" in toy.fine("build", "support", "--update-lock").out
    assert toy("classifiers", "rollback", "toy").code == 65


def test_a_version_names_the_weights_it_is_served_with(toy, shipped):
    toy.fine("new", "support")
    toy.fine("build", "support")
    assert f"toy          {shipped.digest[:12]}" in toy.fine("show", "support").out
    assert toy.fine("show", "support", "--json").json["pins"]["classifier.toy"] == shipped.digest


def test_a_lock_that_pins_weights_from_elsewhere_is_refused_until_they_are_here(toy, better):
    toy.fine("new", "support")
    toy.fine("classifiers", "promote", better, "-r", "new", "--data", "valid.jsonl")
    toy.fine("build", "support")
    said = toy("--home", "other", "build", "support")
    assert said.code == 65
    assert "those weights are not here" in said.err
    assert "gonogo classifiers register FOLDER" in said.err
    toy.fine("--home", "other", "classifiers", "register", "better")
    assert "support@1 built" in toy.fine("--home", "other", "build", "support").out


def test_why_goes_from_data_to_what_is_live(toy, better):
    toy.fine("new", "support")
    toy.fine("evaluate", "support")
    toy.fine("deploy", "support@1")
    toy.fine("classifiers", "promote", better, "-r", "more rows", "--data", "valid.jsonl")
    said = toy.fine("classifiers", "why", "toy").out
    for part in ("fingerprint", "promoted for all Missions", "more rows", "shipped", "live in support:production",
                 "no alert", "compared"):  # fmt: skip
        assert part in said, part


def test_why_does_not_list_every_version_that_is_live_nowhere(toy):
    toy.fine("new", "support")
    for number in range(6):
        toy.edit("support/prompts/system.md", "two" if number == 0 else f"{number}0", f"{number + 1}0")
        toy.fine("build", "support")
    assert "3 other Versions with it, live nowhere" in toy.fine("classifiers", "why", "toy").out


def test_measures_on_other_rows(toy, better):
    said = toy.fine("classifiers", "evaluate", better, "--data", "valid.jsonl", "--data", "rows.jsonl").out
    assert "600 rows of valid.jsonl, rows.jsonl" in said
    assert "auc" in said


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        ("show tooy", 65, "did you mean 'toy'"),
        ("show toy@ffff", 65, "here are"),
        ("why tooy", 65, "did you mean 'toy'"),
        ("rollback tooy", 65, "did you mean 'toy'"),
        ("promte toy", 2, "Did you mean 'promote'"),
        ("evaluate toy", 2, "give --data FILE"),
        ("evaluate toy --data nowhere.jsonl", 65, "cannot be read"),
        ("train toy", 2, "give --data FILE"),
        ("train --data rows.jsonl", 2, "give the NAME"),
        ("train toy --data rows.jsonl --target churned", 2, "--target goes with --csv"),
        ("train --csv rows.jsonl", 2, "--target COLUMN"),
        ("train toy --csv rows.jsonl --target label --valid valid.jsonl", 2, "--valid does not go with --csv"),
        ("register nowhere", 65, "holds no classifier"),
        ("promote toy@shipped -r x -m nobody", 65, "no Mission 'nobody'"),
    ],
)
def test_mistakes_get_the_nearest_or_the_next_step(words, code, hint, toy):
    said = toy("classifiers", *words.split())
    assert (said.code, hint in said.err) == (code, True), said


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\x00\xff\xfe", b'{"text": "\xed\xa0\x80", "label": true}\n', b"[" * 9999]
)
def test_files_that_are_no_rows_are_told_with_file_and_line(content, toy):
    (toy.folder / "bad.jsonl").write_bytes(content)
    said = toy("classifiers", "evaluate", "toy", "--data", "bad.jsonl")
    assert said.code == 65
    assert "bad.jsonl" in said.err
    assert "Traceback" not in said.err


def test_altered_weights_are_refused_by_name(toy, better):
    toy.fine("classifiers", "promote", better, "-r", "new", "--data", "valid.jsonl")
    [place] = (toy.home / "classifiers" / "toy").iterdir()
    path = place / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    said = toy("classifiers", "evaluate", better, "--data", "valid.jsonl")
    assert said.code == 65
    assert "weights.safetensors" in said.err


@pytest.mark.parametrize("words", ["list", "show toy", "why toy", "evaluate toy --data valid.jsonl"])
def test_json_is_json_and_nothing_else(words, toy):
    json.loads(toy.fine("classifiers", *words.split(), "--json").out)


def test_everything_that_changes_something_prints_json_too(toy, better):
    found = toy.fine("classifiers", "compare", better, "toy", "--data", "valid.jsonl", "--json").json
    assert (found["outcome"], found["overall"]["rows"]) == ("better", 300)
    assert toy.fine("classifiers", "promote", better, "-r", "new", "--json").json["comparison_id"] == found["id"]
    assert toy.fine("classifiers", "rollback", "toy", "--json").json["kind"] == "rollback"


def test_every_subcommand_is_there_and_says_what_it_does():
    assert list(classifiers.commands) == list(SUBCOMMANDS)
    for name in SUBCOMMANDS:
        assert classifiers.commands[name].help, name


@pytest.mark.needs_training
def test_training_registers_and_names_the_next_step(toy, shipped):
    said = toy.fine("classifiers", "train", "toy", "--data", "rows.jsonl", "--valid", "valid.jsonl").out
    for part in (
        f"made from @{shipped.digest[:12]}",
        "300 rows of valid.jsonl",
        "better: AUC",
        "classifiers promote toy@",
    ):
        assert part in said, part
    again = toy.fine("classifiers", "train", "toy", "--data", "rows.jsonl", "--valid", "valid.jsonl").out
    assert "was registered before: same rows, same seed, same weights" in again
    other = toy.fine("classifiers", "train", "toy", "--data", "rows.jsonl", "--fpr", "0.05", "--json").json
    assert other["card"]["threshold"]["target"] == 0.05


@pytest.mark.needs_training
def test_rows_of_one_label_cannot_teach(toy):
    write_rows(toy.folder / "one.jsonl", [row for row in toy_rows(100) if row.label])
    said = toy("classifiers", "train", "toy", "--data", "one.jsonl")
    assert said.code == 65
    assert "label false" in said.err


def test_without_scikit_learn_the_install_line_is_printed(toy, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    monkeypatch.setitem(__import__("sys").modules, "sklearn.linear_model", None)
    said = toy("classifiers", "train", "toy", "--data", "rows.jsonl")
    assert said.code == 65
    assert "pip install 'gonogo[training]'" in said.err
