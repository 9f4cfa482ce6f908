"""Mission folder: ``mission.yaml`` and every file it names, read once, to a Mission.

Here: the order of reading, and one report of all problems and warnings. Not here: chunking and versions (``build``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gonogo.building.cross_checks import (
    check_gate,
    check_guardrails,
    check_models,
    check_monitors,
    check_output_limit,
    check_retrieval,
    check_routing,
    check_tenants,
)
from gonogo.building.findings import Findings, nearest
from gonogo.building.folder_files import FolderFiles
from gonogo.building.golden_files import read_golden
from gonogo.building.judges import check_judges, read_judges
from gonogo.building.lock import locked_revisions
from gonogo.building.pins import choose_pins
from gonogo.building.prompts import read_prompt
from gonogo.building.sections import MISSION
from gonogo.building.sources import Knowledge, read_sources
from gonogo.building.toolbox import Toolbox
from gonogo.building.tools import read_tools
from gonogo.building.yaml_nodes import Unreadable, YamlNode, read_yaml
from gonogo.contracts import SourceFile
from gonogo.domain import (
    GatePolicy,
    GuardrailPolicy,
    Mission,
    MonitorPolicy,
    PromptSpec,
    RequestPolicy,
)
from gonogo.errors import Problem
from gonogo.gate.plan import plan

MISSION_FILE: Final = "mission.yaml"
MAX_MISSION_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class LoadedMission:
    """A Mission with the files it was read from (name -> path), its knowledge files, and when the newest changed.

    ``edited_at`` is in seconds since 1970 and counts the knowledge files in the folder too. ``revisions``: the commit
    of each git source; ``moved``: the commit that its revision stands for by now, where that is another one.
    """

    mission: Mission
    files: Mapping[str, Path]
    knowledge: Mapping[str, SourceFile]
    warnings: tuple[Problem, ...]
    edited_at: float
    revisions: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What `validate` found. A folder with problems cannot be built; one that can be read has its ``mission``."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    mission: Mission | None = field(default=None, compare=False, repr=False)

    @property
    def usable(self) -> bool:
        """Whether there are no problems."""
        return not self.problems


def load_mission(folder: Path, toolbox: Toolbox) -> LoadedMission:
    """Read a Mission folder.

    Raises:
        MissionInvalid: with every problem found.
        NotFound: no such folder.
    """
    findings = Findings()
    loaded = read_mission(folder, toolbox, findings)
    findings.raise_if_any()
    assert loaded is not None  # noqa: S101 - nothing is unloaded without a problem; for the type checker
    return loaded


def validate(folder: Path, toolbox: Toolbox) -> Report:
    """All problems and warnings of a Mission folder and its lock; nothing is chunked, embedded or run.

    Raises:
        NotFound: no such folder.
    """
    findings = Findings()
    loaded = read_mission(folder, toolbox, findings)
    choose_pins(folder, loaded.mission if loaded else None, toolbox, findings)
    return Report(
        problems=findings.sorted_problems(),
        warnings=findings.sorted_warnings(),
        mission=loaded.mission if loaded else None,
    )


def read_mission(
    folder: Path, toolbox: Toolbox, findings: Findings, *, update_lock: bool = False
) -> LoadedMission | None:
    """Read a Mission folder and note what is wrong; ``None`` where something is.

    Args:
        update_lock: take the commits that git revisions stand for now, whatever the lock says.

    Raises:
        NotFound: no such folder.
    """
    try:
        files = FolderFiles(folder)
        _check_mission_file(files)
        root = read_yaml(files.read(MISSION_FILE), MISSION_FILE, MAX_MISSION_BYTES)
    except Unreadable as error:
        findings.problems.append(error.problem)
        return None
    values = MISSION.read(root, "", findings)
    if not isinstance(values, dict):
        return None
    for name in files.linked_folders:
        findings.file_warning("is a link to a folder and is not followed", name)
    mission = _mission(values, root, files, toolbox, findings)
    knowledge = Knowledge()
    if mission and mission.retrieval:
        locked = {} if update_lock else locked_revisions(folder)
        knowledge = read_sources(mission.retrieval, root, files, locked, toolbox, findings)
    if mission is None or findings.problems:
        return None
    return LoadedMission(
        mission=mission,
        files=dict(sorted(files.used.items())),
        knowledge=dict(sorted(knowledge.files.items())),
        revisions=knowledge.revisions,
        moved=knowledge.moved,
        warnings=findings.sorted_warnings(),
        edited_at=files.edited_at(),
    )


def _check_mission_file(files: FolderFiles) -> None:
    """What a folder without ``mission.yaml`` holds instead, and what to do about it.

    Raises:
        Unreadable: it has none.
    """
    if MISSION_FILE in files:
        return
    below = [name for name in files if name.endswith(f"/{MISSION_FILE}")]
    if below:
        hint = f"{below[0]} is one: name the folder {files.root.name}/{below[0].removesuffix(f'/{MISSION_FILE}')}"
    elif any(files):
        hint = nearest(MISSION_FILE, files) or "name the folder that holds it, or make one with `gonogo new FOLDER`"
    else:
        hint = "the folder is empty: `gonogo new FOLDER` fills a new one with a Mission to start from"
    raise Unreadable(Problem(message="does not exist", file=MISSION_FILE, hint=hint))


def _mission(
    values: dict[str, Any], root: YamlNode, files: FolderFiles, toolbox: Toolbox, findings: Findings
) -> Mission | None:
    models, routing = values.get("models", {}), values.get("routing")
    prompt = PromptSpec()
    if "prompt" in values:
        prompt = read_prompt(values["prompt"], root.at("prompt"), files, findings)
    tools = read_tools(values.get("tools", ()), root.at("tools"), files, findings)
    golden = read_golden(values.get("golden", ()), root.at("golden"), files, toolbox.assertions, findings)
    mission = Mission(
        name=values.get("mission", ""),
        models=models,
        prompt=prompt,
        tools=tools,
        requests=values.get("requests", RequestPolicy()),
        retrieval=values.get("retrieval"),
        routing=routing,
        cache=values.get("cache"),
        guardrails=values.get("guardrails", GuardrailPolicy()),
        golden=golden,
        gate=values.get("gate", GatePolicy()),
        judges=read_judges(values.get("judges", {}), models, root.at("judges"), files, toolbox, findings),
        monitors=values.get("monitors", MonitorPolicy()),
    )
    _check(mission, root, toolbox, findings)
    return mission


def _check(mission: Mission, root: YamlNode, toolbox: Toolbox, findings: Findings) -> None:
    check_models(mission.models, root, toolbox, findings)
    check_output_limit(mission.requests, mission.models, root, findings)
    check_routing(mission.routing, _names(root, "models"), root, toolbox, findings)
    check_guardrails(mission.guardrails, root, toolbox, findings)
    if mission.retrieval:
        check_retrieval(mission.retrieval, root, toolbox, findings)
    check_tenants(mission.retrieval, mission.golden, findings)
    check_gate(mission.gate, mission.golden, root, toolbox, findings, judges=_names(root, "judges"))
    check_judges(mission, root, toolbox, findings)
    check_monitors(mission.monitors, root, toolbox, findings)
    _warn_of_golden_set(mission, root, findings)


def _names(root: YamlNode, section: str) -> tuple[str, ...]:
    # By name, also where the model or judge itself could not be read: one fault should not look like two.
    written = root.at(section).value
    return tuple(written) if isinstance(written, dict) and written is not root.value else ()


def _warn_of_golden_set(mission: Mission, root: YamlNode, findings: Findings) -> None:
    gating = sum(task.gates for task in mission.golden)
    if not gating:
        message = "no golden tasks: nothing about this Mission can be proved"
        findings.warning(message, root.at("golden"), "golden", "add a file such as golden/tasks.yaml")
    elif warning := plan(mission).warning:
        findings.warning(warning, root.at("golden"), "golden")
