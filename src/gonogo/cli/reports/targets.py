"""Targets: ``--report verdict.md --report junit.xml``: which reports are wanted, and writing them.

Here: the option, kinds by suffix, refusing before anything is spent, writing whole files or none, what a failure to
write does to the exit code. Not here: what stands in a report (one module a kind).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from gonogo.cli.output import dim
from gonogo.errors import BadInput, GonogoError, TryAgain

if TYPE_CHECKING:
    from gonogo.cli.reports.shown import Shown
    from gonogo.cli.verdict_page import Proof

SUFFIXES = {".md": "markdown", ".html": "html", ".htm": "html", ".xml": "junit", ".json": "json"}
FILES = ("markdown", "html", "junit", "json")
GITHUB = "github"
STDOUT = "-"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One report: its kind and where it goes; ``None`` is standard output, or the workflow for ``github``."""

    kind: str
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What one command writes. ``summary`` is the file of the step's summary, where the command runs in a workflow;
    ``root`` the folder that paths of annotations begin at."""

    targets: tuple[Target, ...] = ()
    summary: Path | None = None
    root: Path | None = None

    @property
    def in_place_of_page(self) -> bool:
        """Whether one goes to standard output."""
        return any(target.path is None and target.kind != GITHUB for target in self.targets)


def report_options(command: Command) -> Command:
    """``--report``, and what GitHub says of a workflow; they come as ``report``, ``summary`` and ``root``."""
    path = click.Path(path_type=Path)
    report = click.option(
        "--report",
        multiple=True,
        metavar="[KIND=]FILE",
        help="Write the Verdict to FILE as .md, .html, .xml (JUnit) or .json, or as KIND=FILE; - is standard output; "
        "`github` annotates a workflow. May be given several times.",
    )
    summary = click.option("--step-summary", "summary", envvar="GITHUB_STEP_SUMMARY", type=path, hidden=True)
    root = click.option("--workflow-root", "root", envvar="GITHUB_WORKSPACE", type=path, hidden=True)
    return report(summary(root(command)))


def targets_of(written: Sequence[str], summary: Path | None, root: Path | None, *, as_json: bool) -> Reports:
    """What ``--report`` asks for, refused where it can never be written: before anything is spent.

    Raises:
        UsageError: no such kind, two for one place, or two on standard output.
        BadInput: a folder that is not there.
    """
    targets = tuple(_target(one) for one in written)
    places = [str(target.path) if target.path else target.kind * (target.kind == GITHUB) for target in targets]
    for place in places:
        if places.count(place) > 1:
            raise click.UsageError(f"--report: two of them go to {place or 'standard output'}")
    if as_json and "" in places:
        raise click.UsageError("--json and --report -: standard output holds one of them")
    for target in targets:
        if target.path is not None:
            _possible(target.path)
    return Reports(targets=targets, summary=summary, root=root)


def _target(written: str) -> Target:
    if written == GITHUB:
        return Target(kind=GITHUB)
    kind, equals, name = written.partition("=")
    if not equals or kind not in (*FILES, GITHUB):
        kind, name = SUFFIXES.get(Path(written).suffix.lower(), ""), written
    if kind == GITHUB or not kind or not name:
        raise click.UsageError(
            f"--report {written}: of what kind? Name the file .md, .html, .xml or .json, or write KIND=FILE with "
            f"{', '.join(FILES)}; `--report github` takes no file"
        )
    return Target(kind=kind, path=None if name == STDOUT else Path(name))


def _possible(path: Path) -> None:
    if path.is_dir():
        raise BadInput(f"--report {path} is a folder: name a file in it")
    if not path.parent.is_dir():
        raise BadInput(f"--report {path}: there is no folder {path.parent}: make it first")


def write_reports(proof: Proof, reports: Reports, folder: Path | None) -> int:
    """Write every report; one that cannot be written does not keep the others from it.

    Args:
        folder: of the Mission, where its golden files stand; ``None`` where nobody knows.

    Returns:
        The exit code: that of the Verdict; where it is 0 and a report is missing, that of the trouble. A NO-GO is never
        hidden by a full disk, and a GO whose report is missing is no success.
    """
    code = proof.verdict.exit_code
    if not reports.targets:
        return code
    from gonogo.cli.reports.shown import Shown  # late: pages of the console come with it

    shown = Shown(proof)
    for target in reports.targets:
        try:
            _write(shown, target, reports, folder)
        except (OSError, GonogoError) as error:
            trouble, said = _trouble(error)
            again = f"`gonogo verdict {proof.verdict.id} --report ...` writes it again"
            click.echo(
                click.style("Error: ", fg="red", bold=True)
                + f"the report {target.path or target.kind} was not written: {said}. The Verdict is stored: {again}",
                err=True,
            )
            code = code or trouble
    return code


def _trouble(error: OSError | GonogoError) -> tuple[int, str]:
    if isinstance(error, GonogoError):
        return error.exit_code, str(error)
    return (TryAgain if error.errno in NO_ROOM else BadInput).exit_code, error.strerror or str(error)


def _write(shown: Shown, target: Target, reports: Reports, folder: Path | None) -> None:
    if target.kind == GITHUB:
        _to_github(shown, reports, folder)
        return
    text = _text(shown, target.kind)
    if target.path is None:
        click.echo(text, nl=False)
    else:
        _replace(target.path, text.encode("utf-8", "replace"))
        click.echo(dim(f"wrote {target.path}"), err=True)


def _text(shown: Shown, kind: str) -> str:
    if kind == "json":
        import msgspec

        found = shown.proof
        whole = {"verdict": found.verdict, "results": found.run.results if found.run else None}
        return msgspec.json.format(msgspec.json.encode(whole), indent=2).decode("utf-8", "replace") + "\n"
    from gonogo.cli.reports import junit, markdown, page

    if kind == "markdown":
        return markdown.written(shown)
    return page.written(shown) if kind == "html" else junit.written(shown)


def _to_github(shown: Shown, reports: Reports, folder: Path | None) -> None:
    from gonogo.cli.reports.github import annotated, summary

    # On standard error, which a runner reads as well: standard output may hold JSON.
    for line in annotated(shown, _from_root(folder, reports.root)):
        click.echo(line, err=True)
    if reports.summary is not None:
        there = reports.summary.stat().st_size if reports.summary.exists() else 0
        with reports.summary.open("a", encoding="utf-8", errors="replace") as file:
            file.writelines(summary(shown, there))


def _from_root(folder: Path | None, root: Path | None) -> Path | None:
    """The folder as the root of the repository sees it; ``None`` outside of it."""
    if folder is None:
        return None
    whole = folder.absolute().resolve()
    base = (root or Path()).absolute().resolve()
    return whole.relative_to(base) if whole.is_relative_to(base) else None


def _replace(path: Path, content: bytes) -> None:
    """The whole file or none: a report that ends in its middle is read as another one."""
    if path.exists() and not path.is_file():  # a pipe or a device
        path.write_bytes(content)
        return
    path = path.resolve()  # what a link leads to, not the link
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
