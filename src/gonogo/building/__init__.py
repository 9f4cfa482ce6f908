"""Building: a folder of plain files to an immutable Version.

Here: reading and checking a Mission folder, building and comparing Versions, starting a new folder.
Not here: chunking, embedding and judging (components, handed in as a `Toolbox`), running anything.
"""

from gonogo.building.build import BuildResult, Draft, build, draft_version, prepare
from gonogo.building.diff import (
    ChunkChange,
    PartChange,
    TaskChange,
    TextChange,
    ValueChange,
    VersionDiff,
    diff_versions,
    folder_against,
)
from gonogo.building.lock import LOCK_FILE
from gonogo.building.mission_folder import MISSION_FILE, LoadedMission, Report, load_mission, validate
from gonogo.building.scaffold import MISSION_KINDS, new_mission
from gonogo.building.sections import docs_table, json_schema
from gonogo.building.toolbox import ClassifierChoice, Toolbox
from gonogo.building.word_diff import WordRun

__all__ = [
    "LOCK_FILE",
    "MISSION_FILE",
    "MISSION_KINDS",
    "BuildResult",
    "ChunkChange",
    "ClassifierChoice",
    "Draft",
    "LoadedMission",
    "PartChange",
    "Report",
    "TaskChange",
    "TextChange",
    "Toolbox",
    "ValueChange",
    "VersionDiff",
    "WordRun",
    "build",
    "diff_versions",
    "docs_table",
    "draft_version",
    "folder_against",
    "json_schema",
    "load_mission",
    "new_mission",
    "prepare",
    "validate",
]
