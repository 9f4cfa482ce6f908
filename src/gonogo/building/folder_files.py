"""Folder files: which files a Mission folder holds, found the same way on every machine.

Here: one walk, sorted by code point, patterns, and the rule that nothing outside the folder is read.
Not here: what is in the files (``mission_folder``, ``prompts``, ``golden_files``, ``tools``).

Hidden files and folders (a leading dot) and ``__pycache__`` are no part of a Mission. Links to folders are not
followed; a link to a file is fine as long as it stays inside. Names are compared in Unicode's composed form (NFC),
because file systems differ in what they give back.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from gonogo.building.findings import nearest
from gonogo.building.yaml_nodes import Unreadable
from gonogo.domain.patterns import matches
from gonogo.errors import NotFound, Problem

MAX_FILES: Final = 200_000


class FolderFiles:
    """The files of one Mission folder, by name relative to it with forward slashes.

    ``used`` collects the names that were read or matched, so that the newest change among them can be told.
    """

    def __init__(self, folder: Path) -> None:
        """Walk the folder once.

        Raises:
            NotFound: no such folder.
            Unreadable: more than `MAX_FILES` files.
        """
        if not folder.is_dir():
            raise NotFound(f"{folder} is not a folder. `gonogo new` makes a Mission folder to start from.")
        self.root = folder.resolve()
        self.linked_folders: list[str] = []
        self._paths = dict(sorted(self._walk()))
        self.used: dict[str, Path] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def _walk(self) -> Iterable[tuple[str, Path]]:
        count = 0
        for here, folders, files in os.walk(self.root):
            folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
            linked = [name for name in folders if (Path(here) / name).is_symlink()]
            self.linked_folders += [self._name(Path(here) / name) for name in linked]
            place = Path(here)
            prefix = "" if place == self.root else self._name(place) + "/"
            for file in files:
                if not file.startswith("."):
                    count += 1
                    yield prefix + unicodedata.normalize("NFC", file), place / file
            if count > MAX_FILES:
                message = f"holds more than {MAX_FILES:,} files"
                raise Unreadable(Problem(message=message, file=str(self.root), hint="is this the right folder?"))

    def _name(self, path: Path) -> str:
        return unicodedata.normalize("NFC", path.relative_to(self.root).as_posix())

    def matching(self, pattern: str) -> tuple[str, ...]:
        """Names that match, sorted. ``*`` and ``?`` stay within one folder, ``**`` spans any number of them.

        Raises:
            Unreadable: the pattern leaves the folder.
        """
        parts = PurePosixPath(unicodedata.normalize("NFC", _inside(pattern).as_posix())).parts
        return tuple(name for name in self._paths if matches(parts, tuple(name.split("/"))))

    def paths_matching(self, pattern: str, faulty: Callable[[Problem], None]) -> dict[str, Path]:
        """Names that match and their paths, checked and noted as ``path`` does.

        Args:
            faulty: called for each link that leads nowhere or outside; it is left out.

        Raises:
            Unreadable: the pattern leaves the folder.
        """
        found = {}
        for name in self.matching(pattern):
            try:
                found[name] = self.used[name] = self._checked(name, self._paths[name])
            except Unreadable as error:
                faulty(error.problem)
        return found

    def path(self, name: str) -> Path:
        """The file's path, checked to stay inside, and noted as used.

        Raises:
            Unreadable: it does not exist, or leads outside the folder.
        """
        clean = unicodedata.normalize("NFC", _inside(name).as_posix())
        path = self._paths.get(clean)
        if path is None:
            raise Unreadable(Problem(message="does not exist", file=name, hint=nearest(clean, self._paths)))
        self.used[clean] = self._checked(name, path)
        return path

    def _checked(self, name: str, path: Path) -> Path:
        # The walk follows no link to a folder, so what is no link itself stands inside.
        if not os.path.islink(path):
            return path
        try:
            target = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            hint = "remove it, or let it lead to a file of the folder"
            raise Unreadable(Problem(message="is a link that leads nowhere", file=name, hint=hint)) from error
        if not target.is_relative_to(self.root):
            message = "is a link that leads outside the Mission folder"
            raise Unreadable(Problem(message=message, file=name, hint="copy the file into the folder"))
        return path

    def read(self, name: str) -> bytes:
        """The file's bytes.

        Raises:
            Unreadable: it does not exist, leads outside the folder, or cannot be opened.
        """
        path = self.path(name)
        try:
            return path.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Unreadable(Problem(message=f"cannot be read: {reason}", file=name)) from error

    def edited_at(self) -> float:
        """When the newest of the files used was changed, seconds since 1970; 0 where none was used."""
        return max((path.stat().st_mtime for path in self.used.values()), default=0.0)


def _inside(name: str) -> PurePosixPath:
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name:
        message = "names a file outside the Mission folder" if "\\" not in name else "is written with backslashes"
        hint = "write it relative to mission.yaml, with forward slashes"
        raise Unreadable(Problem(message=message, file=name, hint=hint))
    return pure
