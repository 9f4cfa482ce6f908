"""Git revisions: files of a commit, read through the ``git`` that is installed.

Here: ``gonogo.contracts.Repositories`` over ``git cat-file`` and ``ls-tree``. Only the command line does so: nothing
that a request reaches can start a process, and a server refuses such sources. Not here: which files a Mission takes
(``building.sources``), parsing them (``retrieval``).

Objects are read as they are stored. No shell, hook, filter, text conversion, pager or transport is ever asked for, and
what is not in the clone is not fetched; so nothing in a repository's configuration can start anything. Git's own check
of who owns a repository stays in force. Content is held against its object id. Output and time of every call are
bounded.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gonogo.contracts import RevisionFiles
from gonogo.errors import BadInput

MAX_FILES = 200_000
MAX_LISTING = 128 * 1024 * 1024
"""Bytes of a listing."""
BATCH_FILES, BATCH_BYTES = 512, 32 * 1024 * 1024
"""Files that one process reads, as far as both go; one file is read whatever it has."""
PATIENCE = 60.0
"""Seconds that one call may take."""
LFS = b"version https://git-lfs.github.com/spec/"
_SAFE = ("--no-pager", "--no-replace-objects", "-c", "protocol.allow=never", "-c", "core.fsmonitor=false",
         "-c", "core.hooksPath=/dev/null", "-c", "core.commitGraph=false")  # fmt: skip
_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0",
    "GIT_ALLOW_PROTOCOL": "", "LC_ALL": "C",
}  # fmt: skip
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LINK, _SUBMODULE = "120000", "160000"


class LocalRepositories:
    """Clones on this machine."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience

    def commit(self, folder: Path, revision: str) -> str:
        """The id of the commit that a branch, tag or id stands for.

        Raises:
            BadInput: no repository, no git, no such revision; the text says what to do.
        """
        git = _Git(folder, self._patience)
        found = git.look_up(f"{revision}^{{commit}}").split(" ")
        if len(found) > 1 and found[1] == "commit" and _COMMIT.fullmatch(found[0]):
            return found[0]
        if found[-1] == "ambiguous":
            raise BadInput(f"{revision} fits several objects of {folder}: write more of its id")
        raise BadInput(f"there is no revision {revision} in {folder}: {git.how_to_fetch()}")

    def files(self, folder: Path, commit: str, revision: str) -> RevisionFiles:
        """Every file below ``folder`` in that commit.

        Raises:
            BadInput: the commit is not in the clone, or holds no such folder, or too many files.
        """
        git = _Git(folder, self._patience)
        prefix = git.run(("rev-parse", "--show-prefix"), most=65_536).decode("utf-8", "surrogateescape").strip("\n")
        tree = f"{commit}:{prefix}"
        if "\n" in prefix:
            raise BadInput(f"{folder} has a line break in its name")
        if not git.has(commit, "commit"):
            raise BadInput(f"commit {commit[:12]} is not in {folder}: {git.how_to_fetch()}")
        if not git.has(tree, "tree"):
            raise BadInput(f"there is no folder {prefix.rstrip('/') or '.'} in {revision} ({commit[:12]})")
        listing = git.run(("ls-tree", "-r", "-z", "-l", "--full-tree", tree), most=MAX_LISTING)
        return _listed(listing, git, revision, folder)


def _listed(listing: bytes, git: _Git, revision: str, folder: Path) -> RevisionFiles:
    reader, left_out = _Reader(git), dict[str, str]()
    files: dict[str, RevisionFile] = {}
    for entry in filter(None, listing.split(b"\0")):
        facts, _, raw = entry.partition(b"\t")
        mode, _kind, oid, size = facts.decode("ascii").split()
        name = unicodedata.normalize("NFC", raw.decode("utf-8", "replace"))
        if any(step.startswith(".") or step == "__pycache__" for step in name.split("/")):
            continue
        if mode == _SUBMODULE:
            left_out[name] = "is a submodule, whose files are in another repository"
        elif mode == _LINK:
            left_out[name] = "is a link and is not followed"
        elif "\ufffd" in name or "\\" in name or any(ord(sign) < 32 for sign in name):
            left_out[name] = "has a name that is not UTF-8, or holds backslashes or control characters"
        else:
            known = int(size) if size.isdigit() else None
            files[name] = RevisionFile(reader, oid, known, revision, str(folder))
        if len(files) > MAX_FILES:
            raise BadInput(f"{revision} of {folder} holds more than {MAX_FILES:,} files: name a folder of it")
    return RevisionFiles(files=dict(sorted(files.items())), left_out=left_out)


@dataclass(frozen=True, slots=True, eq=False)
class RevisionFile:
    """One file of a commit: a ``contracts.StoredFile``. ``size`` in bytes, ``None`` where the clone lacks it."""

    reader: _Reader
    oid: str
    size: int | None
    revision: str
    root: str

    def announce(self) -> None:
        """Say that it will be read: one process then reads many files that were announced one after another."""
        self.reader.announce(self)

    def read(self) -> bytes:
        """The content as it is stored.

        Raises:
            BadInput: the clone lacks or damaged it; it is a pointer to Git LFS.
        """
        content = self.reader.read(self)
        if content.startswith(LFS):
            raise BadInput("is a pointer to Git LFS, whose content is not in git: keep such pages in git itself")
        return content


class _Reader:
    """Contents, read ahead in the order in which the files were announced."""

    def __init__(self, git: _Git) -> None:
        self._git = git
        self._announced: list[RevisionFile] = []
        self._places: dict[RevisionFile, int] = {}
        self._held: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def announce(self, file: RevisionFile) -> None:
        if file not in self._places:
            self._places[file] = len(self._announced)
            self._announced.append(file)

    def read(self, file: RevisionFile) -> bytes:
        with self._lock:
            if file.oid not in self._held:
                self._held = self._git.contents(self._batch(file))
            return self._held[file.oid]

    def _batch(self, first: RevisionFile) -> list[RevisionFile]:
        batch, size = [first], first.size or 0
        after = self._places.get(first, len(self._announced)) + 1
        for one in self._announced[after : after + BATCH_FILES - 1]:
            size += one.size or 0
            if one.size is None or size > BATCH_BYTES:
                break
            batch.append(one)
        return batch


class _Git:
    """Calls of git in one folder.

    Raises:
        BadInput: no such folder, no git, no repository.
    """

    def __init__(self, folder: Path, patience: float) -> None:
        program = shutil.which("git")
        if program is None:
            raise BadInput("git is not in PATH here: install it, or take files in place of a revision")
        if not folder.is_dir():
            raise BadInput(f"{folder} is not a folder: clone the repository there")
        self._program, self._folder, self._patience = program, folder, patience

    def look_up(self, name: str) -> str:
        """The line of ``cat-file --batch-check`` for a name: id, kind and size, or ``NAME missing``."""
        told = self.run(("cat-file", "--batch-check"), f"{name}\n".encode("utf-8", "surrogateescape"), most=65_536)
        return told.decode("utf-8", "replace").rstrip("\n")

    def has(self, name: str, kind: str) -> bool:
        """Whether the clone has such an object."""
        found = self.look_up(name).split(" ")
        return len(found) == 3 and found[1] == kind and found[2].isdigit()

    def contents(self, files: Sequence[RevisionFile]) -> dict[str, bytes]:
        """Contents by id.

        Raises:
            BadInput: one is missing, or does not have its id.
        """
        asked = list(dict.fromkeys(file.oid for file in files))
        most = sum(file.size or 0 for file in files) + 256 * len(files)
        told = self.run(("cat-file", "--batch"), "".join(f"{oid}\n" for oid in asked).encode(), most=most)
        found, at = dict[str, bytes](), 0
        for oid in asked:
            end = told.find(b"\n", at)
            head = told[at:end].decode("ascii", "replace").split(" ")
            if len(head) != 3 or head[0] != oid or head[1] != "blob":
                raise BadInput(f"object {oid[:12]} is not in this clone: {self.how_to_fetch()}")
            content = told[end + 1 : end + 1 + int(head[2])]
            at = end + 2 + len(content)
            # Git's own name of it, not a defence: machines that forbid SHA-1 as one still read repositories.
            kind = "sha1" if len(oid) == 40 else "sha256"
            named = hashlib.new(kind, b"blob %d\0" % len(content) + content, usedforsecurity=False)
            if named.hexdigest() != oid:
                raise BadInput(f"object {oid[:12]} is damaged in this clone: `git fsck` tells more")
            found[oid] = content
        return found

    def how_to_fetch(self) -> str:
        """What brings what is missing."""
        if self.run(("rev-parse", "--is-shallow-repository"), most=4_096).strip() == b"true":
            return "this clone is shallow: `git fetch --unshallow --tags`, or in a workflow `fetch-depth: 0`"
        return "look for it with `git branch --all` and `git tag`, bring it with `git fetch --tags`"

    def run(self, words: Sequence[str], given: bytes = b"", *, most: int) -> bytes:
        """Standard output of one call.

        Args:
            given: standard input.
            most: bytes of output.

        Raises:
            BadInput: it failed, said more than ``most`` or took too long.
        """
        command = [self._program, *_SAFE, "-C", str(self._folder), *words]
        # What the caller's own git exported (a hook, an alias) would point it at another repository.
        around = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _ENVIRONMENT
        with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as complaint:
            asked.write(given)
            asked.seek(0)
            with subprocess.Popen(  # noqa: S603 - words of ours; names go through standard input
                command, stdin=asked, stdout=subprocess.PIPE, stderr=complaint, env=around
            ) as process:
                late = threading.Event()
                watch = threading.Timer(self._patience, _stop, (process, late))
                watch.start()
                try:
                    assert process.stdout is not None  # noqa: S101 - asked for above
                    told = process.stdout.read(most + 1)
                    if len(told) > most:
                        process.kill()
                        raise BadInput(f"git said more than {most:,} bytes about {self._folder}")
                    code = process.wait()
                finally:
                    watch.cancel()
            complaint.seek(0)
            said = complaint.read(4_096).decode("utf-8", "replace")
        if late.is_set():
            raise BadInput(f"git took over {self._patience:g} s in {self._folder}")
        if code:
            raise BadInput(self._why(said))
        return told

    def _why(self, said: str) -> str:
        if "not a git repository" in said:
            return f"{self._folder} is in no git repository: clone it there, or take files in place of a revision"
        if "dubious ownership" in said:
            return (
                f"{self._folder} belongs to another user: `git config --global --add safe.directory FOLDER` allows it"
            )
        if "lazy fetching disabled" in said or "not allowed" in said:
            return f"{self._folder} is a partial clone, and nothing is fetched: clone it without --filter"
        line = next((line for line in said.splitlines() if line.strip()), "no reason given")
        return f"git failed in {self._folder}: {line.removeprefix('fatal: ')[:300]}"


def _stop(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()
