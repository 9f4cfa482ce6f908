"""Sources: which files a Mission looks things up in, of its folder and of git revisions.

Here: patterns to files, revisions to commits, what the lock holds fast. Not here: walking the folder
(``folder_files``), git itself (``contracts.Repositories``), parsing (the chunker).

A revision is looked up once; from then on ``mission.lock`` names its commit, so that the same folder gives the same
index everywhere, and what a branch gained waits for ``--update-lock``.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from gonogo.building.findings import Findings
from gonogo.building.folder_files import FolderFiles
from gonogo.building.toolbox import Toolbox
from gonogo.building.yaml_nodes import Unreadable, YamlNode
from gonogo.contracts import Repositories, RevisionFiles, SourceFile
from gonogo.digest import short
from gonogo.domain import GitSource, RetrievalPolicy
from gonogo.domain.patterns import matches
from gonogo.errors import BadInput

KEY = "retrieval.sources"
WILD = frozenset("*?[")
MOST_NAMED = 5
"""Files of one source that are left out and named one by one."""


@dataclass(kw_only=True)
class Knowledge:
    """Files by their name in the Mission; the commit of each git source; the newer one where a revision moved."""

    files: dict[str, SourceFile] = field(default_factory=dict)
    revisions: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)


def read_sources(
    policy: RetrievalPolicy,
    root: YamlNode,
    folder: FolderFiles,
    locked: dict[str, str],
    toolbox: Toolbox,
    findings: Findings,
) -> Knowledge:
    """Every file that ``retrieval.sources`` names; what is wrong is noted.

    Args:
        locked: commit by git source, as ``mission.lock`` has them.
    """
    found, place = Knowledge(), root.at("retrieval", "sources")
    items = place.value if isinstance(place.value, tuple) else (place,)
    for source, item in zip(policy.sources, items, strict=True):
        if isinstance(source, str):
            _of_folder(source, item, folder, found, findings)
        elif toolbox.repositories is None:
            message = f"{source} is a git revision, and those are read at the command line only"
            hint = "build it there; a server never runs git for a folder that was sent to it"
            findings.problem(message, item, KEY, hint)
        else:
            _Revision(source, item, folder, toolbox.repositories, findings).add(found, locked)
    return found


def _of_folder(pattern: str, place: YamlNode, folder: FolderFiles, found: Knowledge, findings: Findings) -> None:
    try:
        faulty = len(findings.problems)
        matching = folder.paths_matching(pattern, findings.problems.append)
    except Unreadable as error:
        findings.problem(f"{error.problem.file} {error.problem.message}", place, KEY)
        return
    for name, path in matching.items():
        _add(name, path, str(folder.root), place, found, findings)
    if not matching and len(findings.problems) == faulty:
        hint = "patterns start at the folder of mission.yaml, such as knowledge/**/*"
        findings.problem(f"{pattern} matches no file", place, KEY, hint)


class _Revision:
    """One git source."""

    def __init__(
        self, source: GitSource, place: YamlNode, folder: FolderFiles, repositories: Repositories, findings: Findings
    ) -> None:
        self._source, self._place, self._findings = source, place, findings
        self._repositories, self._clone = repositories, folder.root / source.git

    def add(self, found: Knowledge, locked: dict[str, str]) -> None:
        """Find its commit and its files."""
        name = str(self._source)
        try:
            commit = found.revisions.get(name) or self._commit(locked.get(name), found)
            listed = self._repositories.files(self._clone, commit, self._source.revision)
        except BadInput as error:
            self._problem(str(error))
            return
        found.revisions[name] = commit
        for pattern in self._source.paths:
            self._matching(pattern, listed, found)
        self._note_left_out(listed)

    def _commit(self, locked: str | None, found: Knowledge) -> str:
        revision = self._source.revision
        try:
            now = self._repositories.commit(self._clone, revision)
        except BadInput as error:
            if locked is None:
                raise
            self._warning(f"{error}; the commit of mission.lock is taken, {short(locked)}")
            return locked
        if locked is None or locked == now:
            return now
        found.moved[str(self._source)] = now
        self._warning(
            f"{revision} has moved to {short(now)}; mission.lock holds {short(locked)}",
            "--update-lock takes it over, as a Version that has to prove itself",
        )
        return locked

    def _matching(self, pattern: str, listed: RevisionFiles, found: Knowledge) -> None:
        pure = PurePosixPath(unicodedata.normalize("NFC", pattern))
        steps = pure.parts
        if pure.is_absolute() or ".." in steps or "\\" in pattern:
            self._problem(f"{pattern} leaves the folder {self._source.git}")
            return
        names = [name for name in listed.files if matches(steps, tuple(name.split("/")))]
        for name in names:
            file = listed.files[name]
            file.announce()
            _add(_below(self._source.under, name), file, str(self._source), self._place, found, self._findings)
        if not names:
            hint = f"patterns start at the folder {self._source.git}"
            if near := next((step for step in steps[:1] if WILD.isdisjoint(step)), None):
                tops = sorted({name.split("/")[0] for name in listed.files})
                hint += f", which holds {', '.join(tops[:MOST_NAMED]) or 'nothing'}" if near not in tops else ""
            self._problem(f"{pattern} matches no file in {self._source.revision}", hint)

    def _note_left_out(self, listed: RevisionFiles) -> None:
        patterns = [PurePosixPath(pattern).parts for pattern in self._source.paths]
        wanted = [
            (name, why)
            for name, why in sorted(listed.left_out.items())
            if any(_may_hold(steps, tuple(name.split("/"))) for steps in patterns)
        ]
        for name, why in wanted[:MOST_NAMED]:
            self._warning(f"{name} {why}: left out of {self._source}")
        if len(wanted) > MOST_NAMED:
            self._warning(f"{len(wanted) - MOST_NAMED} more links, submodules and odd names are left out")

    def _problem(self, message: str, hint: str | None = None) -> None:
        self._findings.problem(message, self._place, KEY, hint)

    def _warning(self, message: str, hint: str | None = None) -> None:
        self._findings.warning(message, self._place, KEY, hint)


def _add(name: str, file: SourceFile, origin: str, place: YamlNode, found: Knowledge, findings: Findings) -> None:
    other = found.files.setdefault(name, file)
    if other is file or (type(other) is type(file) and other == file):
        return
    message = f"{name} of {origin} has the name of a page of another source"
    findings.problem(message, place, KEY, "give pages of the revision a folder of their own, such as `under: v1`")


def _below(under: str, name: str) -> str:
    return f"{under}/{name}" if under else name


def _may_hold(pattern: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """Whether the pattern fits what was left out, or may fit something below it."""
    return any(matches(pattern[:steps], name) for steps in range(1, len(pattern) + 1))
