"""Writing: an import as files of a Mission folder, never over anything that stands there.

Here: a new folder, or golden files inside an existing Mission; ``IMPORT.md`` with what was left behind.
Not here: reading a format.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Final

from gonogo.building import MISSION_FILE
from gonogo.errors import BadInput
from gonogo.importing.carried import Carried, LeftBehind, Plain
from gonogo.importing.existing import golden_patterns, ids_of, is_golden
from gonogo.importing.secrets import looks_like_key
from gonogo.importing.yaml_text import yaml_text

MOST_LISTED: Final = 500
"""Places that ``IMPORT.md`` lists; the rest is counted."""
MOST_YAML: Final = 1_000
"""Golden tasks that are written as YAML, for people; more are one JSON object a line, which is read faster."""
SETTINGS_FILE: Final = "settings.imported.toml"


def files_of(carried: Carried, folder: Path) -> dict[str, str]:
    """Every file that the import writes, by name inside ``folder``. Nothing is written.

    Raises:
        BadInput: a file of that name stands there already, the folder holds something that is no Mission, or a key
            stands where a name belongs.
    """
    existing = (folder / MISSION_FILE).is_file()
    if folder.exists() and not existing and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput(f"{folder} holds something already and is no Mission folder: name an empty folder")
    if existing and carried.mission is not None and not carried.tasks:
        raise BadInput(f"{folder} is a Mission already, and this import has no golden tasks for it: name a new folder")
    _refuse_keys(carried)
    files: dict[str, str] = dict(carried.files)
    if existing:
        files = {name: text for name, text in files.items() if not name.startswith("prompts/")}
        _tell_apart(carried, folder)
    else:
        files[MISSION_FILE] = _mission_text(carried)
        files.setdefault("prompts/system.md", "You are a helpful assistant.\n")
    if carried.tasks:
        golden = f"golden/{carried.name}{_ending(carried)}"
        files[golden] = _golden_text(carried)
        if existing:
            _tell_golden(golden, carried, folder)
    if carried.providers:
        files[SETTINGS_FILE] = _settings_text(carried)
    taken = [name for name in files if (folder / name).exists()]
    if taken:
        raise BadInput(_taken(folder / taken[0]))
    _tell_keys(carried)
    carried.notes += [
        f"{name} looks as if it held a key: it was carried as it is. Where it is a real one, exchange and remove it."
        for name, text in files.items()
        if looks_like_key(text)
    ]
    files[_free(folder, "IMPORT", ".md")] = report(carried)
    return files


def _refuse_keys(carried: Carried) -> None:
    """A key that stands where a name belongs is carried by no rule, and must not be by mistake."""
    mission = carried.mission or {}
    names = {part: mission.get(part, {}) for part in ("models", "judges")} | {"providers": carried.providers}
    if looks_like_key(yaml_text(names)):
        raise BadInput(f"a name of a model, judge or address in {carried.source} looks like a key: take it out first")


def write_files(files: dict[str, str], folder: Path) -> None:
    """Write them; a new folder appears whole or not at all, and in one that stands nothing is written over.

    Raises:
        BadInput: it cannot be written, or a file appeared there meanwhile.
    """
    try:
        if folder.exists():
            _write_beside(files, folder)
            return
        parent = folder.absolute().parent
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=".gonogo-import-") as workplace:
            made = Path(workplace) / folder.name
            _write_beside(files, made)
            made.rename(folder)
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror or type(error).__name__}") from error


def _taken(path: object) -> str:
    return f"{path} exists already, and nothing is ever overwritten: move it away first"


def _write_beside(files: dict[str, str], folder: Path) -> None:
    """Each file must be new; those that were written go again where one cannot be."""
    made: list[Path] = []
    try:
        for name in sorted(files, key=lambda name: name == MISSION_FILE):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                made.append(path)
                file.write(files[name])
    except OSError as error:
        for path in made:
            path.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise BadInput(_taken(error.filename)) from error
        raise


def _free(folder: Path, stem: str, ending: str) -> str:
    name, number = f"{stem}{ending}", 1
    while (folder / name).exists():
        number += 1
        name = f"{stem}-{number}{ending}"
    return name


def _tell_apart(carried: Carried, folder: Path) -> None:
    """Ids that the Mission has already get the import's name before them."""
    taken = ids_of(folder)
    renamed = 0
    for task in carried.tasks:
        name, number = task["id"], 1
        while task["id"] in taken:
            task["id"] = f"{carried.name}-{name}" if number == 1 else f"{carried.name}-{name}-{number}"
            number += 1
        renamed += task["id"] != name
        taken.add(task["id"])
    if renamed:
        tasks = "task has an id" if renamed == 1 else "tasks have ids"
        carried.notes.append(f"{renamed} {tasks} that the Mission uses already: {carried.name}- stands before it now.")


def _tell_golden(name: str, carried: Carried, folder: Path) -> None:
    """Say it where the Mission does not read the new file as golden tasks."""
    if not is_golden(name, golden_patterns(folder)):
        carried.notes.insert(0, f"mission.yaml does not read {name} yet: add it under golden, or nobody is asked it.")


def _tell_keys(carried: Carried) -> None:
    """Say which variables hold keys, and that addresses are still to be copied."""
    mission = carried.mission or {}
    named = [one["provider"] for part in ("models", "judges") for one in mission.get(part, {}).values()]
    sections = [carried.providers[name] for name in named if name in carried.providers]
    keys = [section.get("api_key_env", "") for section in sections]
    keys += [one.get("api_key_env", "") for section in sections for one in section.get("endpoints", ())]
    keys += [f"{name.upper()}_API_KEY" for name in named if name in ("openai", "anthropic")]
    wanted = sorted({key for key in keys if key})
    if carried.providers:
        carried.notes.append(f"Copy what you use of {SETTINGS_FILE} into settings.toml of the home folder (.gonogo).")
    if wanted:
        carried.notes.append(f"Keys are read from environment variables only. This Mission needs {', '.join(wanted)}.")


def _mission_text(carried: Carried) -> str:
    mission: Plain = dict(carried.mission or {})
    if carried.mission is None:
        mission = {
            "mission": carried.name,
            "models": {"standin": {"provider": "builtin", "model": "extractive-small"}},
            "prompt": {"system": "prompts/system.md"},
            **carried.more,
        }
        carried.note_stand_in()
    if carried.tasks:
        mission["golden"] = f"golden/*{_ending(carried)}"
    mission["gate"] = {"mode": "advisory", "require": {"pass_rate": {"margin": 0.05}}}
    head = [f"# Imported from {carried.format} ({_line(carried.source)})."]
    if carried.left:
        things = "1 thing" if len(carried.left) == 1 else f"{len(carried.left)} things"
        head.append(f"# {things} could not be carried: IMPORT.md lists each with what to do instead.")
    head.append("# gate.mode: advisory deploys although too few tasks can prove anything: take it out at fifty.")
    return "\n".join(head) + "\n" + yaml_text(mission)


def _ending(carried: Carried) -> str:
    return ".yaml" if len(carried.tasks) <= MOST_YAML else ".jsonl"


def _golden_text(carried: Carried) -> str:
    if len(carried.tasks) > MOST_YAML:
        return "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in carried.tasks)
    head = f"# {len(carried.tasks)} golden tasks imported from {carried.format} ({_line(carried.source)})."
    drafts = sum(1 for task in carried.tasks if task.get("draft"))
    if drafts:
        head += f"\n# {drafts} expect nothing that could be carried: they are drafts, shown and never gating."
    return f"{head}\n{yaml_text(carried.tasks)}"


def _settings_text(carried: Carried) -> str:
    lines = ["# Addresses of the imported models. Copy what you use into settings.toml of the home folder (.gonogo).",
             "# Keys stand in environment variables only; api_key_env names them."]  # fmt: skip
    for name, section in carried.providers.items():
        lines += ["", f"[providers.{name}]", *(f"{key} = {_toml(value)}" for key, value in section.items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, list):
        rows = ["{" + ", ".join(f"{key} = {_toml(one)}" for key, one in item.items()) + "}" for item in value]
        return "[\n" + "".join(f"  {row},\n" for row in rows) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def report(carried: Carried) -> str:
    """``IMPORT.md``: what was carried, what means something else here, what was left behind, what to do instead."""
    lines = [
        f"# Imported from {carried.format}",
        "",
        f"From {_line(carried.source)}: {len(carried.tasks)} golden tasks.",
    ]
    if carried.notes:
        lines += ["", "## To know", "", *(f"- {_line(note)}" for note in carried.notes)]
    lines += ["", "## Not carried", ""]
    if carried.left:
        lines += ["| where | what | why | instead |", "|---|---|---|---|"]
        lines += [_row(left) for left in carried.left[:MOST_LISTED]]
        if len(carried.left) > MOST_LISTED:
            lines += ["", f"And {len(carried.left) - MOST_LISTED} more."]
    else:
        lines.append("Nothing was left behind.")
    return "\n".join(lines) + "\n"


def _row(left: LeftBehind) -> str:
    return "| " + " | ".join(_cell(text) for text in (left.place, left.key, left.why, left.instead)) + " |"


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def _line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
