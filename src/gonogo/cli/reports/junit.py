"""JUnit: a Verdict as JUnit XML, as every CI reads it: the Verdict is one test case, each golden task another.

Here: the file. Not here: what a Verdict means (``gate``): the exit code is the Verdict's, not the count of failures.

A task that failed is a ``failure``, one that did not run an ``error``; drafts and shadow tasks that failed, and tasks
that an early stop made needless, are ``skipped``. Of repeats the worst is shown, with the seconds of all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape

from gonogo.cli.reports.shown import Shown
from gonogo.domain import GoldenTask, TaskResult

MOST_OF_TEXT = 20_000
_WORSE = {False: 0, None: 1, True: 2}


def written(shown: Shown) -> str:
    """The whole file."""
    cases = [_verdict(shown), *_tasks(shown)]
    counts = {kind: sum(f"<{kind} " in case for case in cases) for kind in ("failure", "error", "skipped")}
    run, found = shown.proof.run, shown.verdict
    figures = (
        f'tests="{len(cases)}" failures="{counts["failure"]}" errors="{counts["error"]}" '
        f'skipped="{counts["skipped"]}" time="{0.0 if run is None else run.wall:.3f}"'
    )
    stamp = datetime.fromtimestamp(found.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="gonogo" {figures}>\n'
        f'<testsuite name="{attribute(shown.name)}" timestamp="{stamp}" {figures}>\n'
        f"{''.join(cases)}</testsuite>\n</testsuites>\n"
    )


def text(value: str) -> str:
    """Content of an element: what XML cannot carry is shown as an escape."""
    return escape("".join(char if _allowed(char) else f"\\x{ord(char):02x}" for char in value), quote=False)


def attribute(value: str) -> str:
    """The same inside quotes; a line break there would be read as a blank."""
    return text(value).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def _allowed(char: str) -> bool:
    # https://www.w3.org/TR/xml/#charsets; a bare carriage return is read as a line feed.
    code = ord(char)
    return char in "\t\n" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def _verdict(shown: Shown) -> str:
    found = shown.verdict
    reasons = "\n".join(f"{outcome} {rule}: {message}" for outcome, rule, message in shown.reasons)
    if found.outcome == "GO":
        inside = f"<system-out>{text(found.line)}</system-out>"
    else:
        kind = "error" if found.outcome == "INVALID" else "failure"
        inside = _mark(kind, found.outcome, shown.said, reasons)
    return _testcase("gonogo.verdict", f"{shown.name} against {shown.against}", "", 0.0, inside)


def _tasks(shown: Shown) -> Iterator[str]:
    run = shown.proof.run
    by_task: defaultdict[str, list[TaskResult]] = defaultdict(list)
    for result in () if run is None else run.results:
        if not result.rerun:
            by_task[result.task_id].append(result)
    if run is None:
        return
    for task in shown.proof.tasks.values():
        results = by_task[task.id]
        seconds = sum(result.latency for result in results)
        yield _testcase(
            f"{shown.verdict.mission}.golden",
            task.id,
            task.source,
            seconds,
            _of_task(task, min(results, key=lambda result: _WORSE[result.passed], default=None), shown.again(task.id)),
        )


def _of_task(task: GoldenTask, result: TaskResult | None, again: str) -> str:
    if result is None:
        return '<skipped message="not run: the tasks before it decided, or the run was ended"/>'
    if result.passed:
        return ""
    why = result.error or "; ".join(
        f"{score.metric}: {score.detail or score.state}" for score in result.scores if score.passed is False
    )
    if not task.gates:
        kind = "draft" if task.draft else "shadow task"
        return f'<skipped message="{attribute(_cut(f"a {kind}, which decides nothing: {why}"))}"/>'
    why = f"{why}; {again}" if again else why
    told = f"question: {task.question}\nanswer: {result.answer}\n{why}"
    if result.passed is None:
        return _mark("error", "did not run", why, told)
    return _mark("failure", "failed", why, told)


def _mark(kind: str, of: str, message: str, told: str) -> str:
    return f'<{kind} type="{of}" message="{attribute(_cut(message))}">{text(_cut(told))}</{kind}>'


def _cut(value: str) -> str:
    return value if len(value) <= MOST_OF_TEXT else f"{value[:MOST_OF_TEXT]}…"


def _testcase(of: str, name: str, source: str, seconds: float, inside: str) -> str:
    file, _, line = source.rpartition(":")
    place = f' file="{attribute(file)}" line="{attribute(line)}"' if file and line.isdigit() else ""
    head = f'<testcase classname="{attribute(of)}" name="{attribute(name)}"{place} time="{seconds:.3f}"'
    return f"{head}>{inside}</testcase>\n" if inside else f"{head}/>\n"
