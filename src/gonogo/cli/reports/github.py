"""GitHub: annotations beside the golden tasks of a Verdict, and the summary of a step.

Here: workflow commands, escaped, and no more of a kind than GitHub shows; the summary within its bound.
Not here: comments (the action), the text of the summary (``markdown``).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from gonogo.cli.reports.markdown import written as markdown
from gonogo.cli.reports.shown import Shown, cut, flat, place_of, state_of
from gonogo.console.verdicts import TaskCase

MOST_OF_A_KIND = 10
"""Annotations of one kind that GitHub shows of a step; more are dropped without a word."""
MOST_OF_SUMMARY = 1024 * 1024
"""Bytes of a step's summary; GitHub refuses a larger one whole."""
MOST_OF_MESSAGE = 1_500
KINDS = {"GO": "notice", "NO-GO": "error", "INCONCLUSIVE": "warning", "INVALID": "error"}


def annotated(shown: Shown, folder: Path | None = None) -> list[str]:
    """Workflow commands, one a line: the Verdict, then a task each, at most ten in all.

    Tasks that broke or that a reason names are errors where the Verdict is NO-GO or INVALID, and warnings otherwise;
    under GO only those that broke are told. What there is no room for is named in the last one.

    Args:
        folder: of the Mission, as the repository's root sees it; ``None`` where it is not known.
    """
    found = shown.verdict
    head = KINDS[found.outcome]
    kind = "error" if head == "error" else "warning"
    cases = [case for case in shown.named if found.outcome != "GO" or case.broke]
    lines = [command(head, flat(found.line), title=f"gonogo: {found.outcome} {shown.name}")]
    # The Verdict takes one place where it is of the same kind; the last place tells of the rest.
    room = MOST_OF_A_KIND - (head == kind)
    fitting = cases if len(cases) <= room else cases[: room - 1]
    lines += [_of_task(kind, case, folder, shown.again(case.task_id)) for case in fitting]
    if left := cases[len(fitting) :]:
        names = cut(", ".join(case.task_id for case in left), MOST_OF_MESSAGE)
        lines.append(command(kind, f"{len(left)} more tasks: {names}", title="gonogo: more tasks"))
    return lines


def _of_task(kind: str, case: TaskCase, folder: Path | None, again: str) -> str:
    message = "; ".join(filter(None, (*case.why, again))) or state_of(case)
    return command(kind, flat(message), title=f"gonogo: {case.task_id} {state_of(case)}", **_place(case, folder))


def _place(case: TaskCase, folder: Path | None) -> dict[str, str]:
    file, _, line = place_of(case).rpartition(":")
    if folder is None or not file or not line.isdigit():
        return {}
    return {"file": str(PurePosixPath(folder.as_posix()) / file), "line": line}


def command(kind: str, message: str, **properties: str) -> str:
    """``::error file=a.yaml,line=3,title=...::message``, escaped as the runner reads it back."""
    order = [name for name in ("file", "line", "title") if name in properties]
    said = ",".join(f"{name}={_property(properties[name])}" for name in order)
    return f"::{kind} {said}::{_data(cut(message, MOST_OF_MESSAGE))}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def summary(shown: Shown, there: int) -> Iterator[str]:
    """What is appended to the summary, where ``there`` bytes stand already; nothing where no room is left."""
    room = MOST_OF_SUMMARY - there
    if room > 4096:
        yield markdown(shown, most=room, size=lambda text: len(text.encode("utf-8", "replace")))
