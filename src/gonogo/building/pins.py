"""Pins: what a build holds fast of everything installed: components by their digest, classifiers by the lock's choice.

Many weights of one classifier can be here side by side, so a pinned one stays pinned as long as it can be loaded, and
what is promoted meanwhile waits for ``--update-lock``. Of other components exactly one is installed.
Here: that choice and its problems. Not here: the file (``lock``), what is promoted (``assembly`` looks it up).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gonogo.building.findings import Findings
from gonogo.building.lock import check_lock, read_lock
from gonogo.building.toolbox import ClassifierChoice, Toolbox
from gonogo.building.yaml_nodes import YamlNode
from gonogo.digest import short
from gonogo.domain import CLASSIFIER_PIN, Mission


def choose_pins(
    folder: Path, mission: Mission | None, toolbox: Toolbox, findings: Findings, *, update_lock: bool = False
) -> dict[str, str]:
    """Every pin of a build, sorted by name; problems and warnings are noted.

    Args:
        mission: ``None`` where the folder could not be read: its classifiers are unknown then.
        update_lock: pin what is installed and promoted, whatever the lock says.
    """
    installed = toolbox.all_pins()
    read = None if update_lock else read_lock(folder, findings)
    if read is not None:
        check_lock(*read, installed, findings)
    if mission is None:
        return installed
    choices = toolbox.classifiers(mission)
    chosen = {name: _chosen(name, choice, read, findings) for name, choice in choices.items()}
    if read is not None:
        _note_unused(*read, choices, findings)
    classifiers = {CLASSIFIER_PIN + name: digest for name, digest in chosen.items() if digest is not None}
    return dict(sorted({**installed, **classifiers}.items()))


def _chosen(
    name: str, choice: ClassifierChoice, read: tuple[dict[str, str], YamlNode] | None, findings: Findings
) -> str | None:
    key = CLASSIFIER_PIN + name
    pinned = read[0].get(key) if read else None
    if read is None or pinned is None:
        if choice.chosen is None:
            hint = f"`gonogo classifiers train {name}` or `register` brings one, `promote` lets builds pin it"
            findings.file_problem(f"needs the classifier '{name}', and none is promoted here", "mission.yaml", hint)
        elif choice.chosen not in choice.here:
            message = f"{name}@{short(choice.chosen)} is promoted here, and its weights are gone"
            hint = f"`gonogo classifiers register FOLDER` brings them, `rollback {name}` goes back to those before"
            findings.file_problem(message, "mission.yaml", hint)
        elif read is not None:
            findings.warning(f"{short(choice.chosen)} is here and was not pinned yet", read[1], f"pins.{key}")
        return choice.chosen
    place = read[1].at("pins", key)
    now = "" if choice.chosen is None else short(choice.chosen)
    if pinned not in choice.here:
        accept = f", or pin {now} with --update-lock" if now else ""
        hint = f"`gonogo classifiers register FOLDER` brings them{accept}"
        findings.problem(f"pins {short(pinned)}, and those weights are not here", place, f"pins.{key}", hint)
    elif choice.chosen not in (None, pinned):
        hint = "--update-lock takes it over, as a Version that has to prove itself"
        findings.warning(f"pins {short(pinned)}; what is promoted here by now is {now}", place, f"pins.{key}", hint)
    return pinned


def _note_unused(
    pinned: Mapping[str, str], root: YamlNode, choices: Mapping[str, ClassifierChoice], findings: Findings
) -> None:
    for key in pinned:
        if key.startswith(CLASSIFIER_PIN) and key.removeprefix(CLASSIFIER_PIN) not in choices:
            findings.warning("is not used by this Mission, its pin goes", root.at("pins", key), f"pins.{key}")
