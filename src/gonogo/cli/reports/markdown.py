"""Markdown: a Verdict as a comment of a pull request: line, reasons, tables, and what broke, folded.

Here: the text, held to a bound that is stated where it cuts. Not here: posting it (the action), what it holds
(``shown``).

Texts of questions and answers stand in code fences longer than any in them; what stands outside is escaped, and names
nobody: a mention in an answer must not call a team.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gonogo.cli.output import counted, printable
from gonogo.cli.reports.shown import (
    METRIC_HEADS,
    OUTCOME_MARKS,
    RATIO_HEADS,
    RERUN_HEADS,
    Row,
    Shown,
    confidence_of,
    cut,
    place_of,
    state_of,
)
from gonogo.console.verdicts import TaskCase

MOST_OF_COMMENT = 65_000
"""Characters; GitHub takes 65,536 in a comment, and whoever posts it adds a marker and a line."""
MOST_OF_TEXT = 4_000
"""Characters shown of one question or answer."""
RESERVED = 200
"""Kept free for the sentence that says what was left out."""
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")
_OPENS_LIST = re.compile(r"^([+\-]|\d+(?=[.)]))")
_MENTION = re.compile(r"(?<!\w)@(?=\w)|#(?=\d)")
Size = Callable[[str], int]


def units(text: str) -> int:
    """How long a comment is: UTF-16 units, the longest of the ways in which characters are counted."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def written(shown: Shown, *, most: int = MOST_OF_COMMENT, size: Size = units) -> str:
    """The whole text.

    Args:
        most: as ``size`` counts. What does not fit is left out from the end, and said.
    """
    parts = [*_head(shown), *_tables(shown)]
    text, left_out = "", 0
    room = most - RESERVED - size(_foot(shown))
    for part in parts:
        if size(text) + size(part) > room:
            left_out += 1
        else:
            text += part
    cases = [*map(_case, shown.named), *map(_short, shown.others)]
    if shown.others:
        more = f"\n### {counted(len(shown.others), 'more task')} failed or did not run\n\n"
        cases[len(shown.named)] = more + cases[len(shown.named)]
    fitting = _that_fit(cases, room - size(text), size)
    text += "".join(cases[:fitting])
    missing = [f"{counted(left_out, 'section')}"] if left_out else []
    if fitting < len(cases):
        missing.append(counted(len(cases) - fitting, "task"))
    if missing:
        text += f"\n_{' and '.join(missing)} left out: this text may hold {most} characters._\n"
    return text + _foot(shown)


def _that_fit(cases: Sequence[str], room: int, size: Size) -> int:
    for place, case in enumerate(cases):
        room -= size(case)
        if room < 0:
            return place
    return len(cases)


def _head(shown: Shown) -> Iterator[str]:
    found = shown.verdict
    yield (
        f"## {OUTCOME_MARKS[found.outcome]} {found.outcome}: {inline(shown.name)} against {inline(shown.against)}\n\n"
        f"{paragraph(cut(shown.said, MOST_OF_TEXT))}\n"
    )
    rest = [
        f"- **{outcome}** {inline(rule)}: {inline(cut(message, MOST_OF_TEXT))}\n"
        for outcome, rule, message in shown.more_reasons
    ]
    if rest:
        yield "\n" + "".join(rest)


def _tables(shown: Shown) -> Iterator[str]:
    metrics, slices = shown.metrics, shown.slices
    if metrics:
        yield "\n" + _table(METRIC_HEADS, metrics) + f"\n<sub>{confidence_of(metrics)}</sub>\n"
    if slices:
        heads = ("Tag", *METRIC_HEADS[1:])
        yield f"\n<details><summary>{counted(len(slices), 'slice')}</summary>\n\n{_table(heads, slices)}\n</details>\n"
    if shown.ratios:
        yield "\n" + _lines(RATIO_HEADS, shown.ratios)
    if shown.critical:
        yield f"\n{inline(shown.critical)}.\n"
    if shown.reruns:
        yield "\n" + _lines(RERUN_HEADS, shown.reruns)
    if shown.cases:
        yield f"\n### {shown.heading}\n\n"


def _table(heads: Sequence[str], rows: Sequence[Row]) -> str:
    noted = any(row.note for row in rows)
    heads = (*heads, "") if noted else heads
    return _lines(heads, [(*row.cells, *((row.note,) if noted else ())) for row in rows])


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|---|" + "--:|" * (len(heads) - 1)]
    lines += ["| " + " | ".join(map(inline, row)) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _case(case: TaskCase) -> str:
    place = place_of(case)
    where = f" <code>{_plain(place)}</code>" if place else ""
    summary = f"<b>{_plain(case.task_id)}</b> {state_of(case)}{where}"
    body = [fenced(cut(case.task.question, MOST_OF_TEXT))] if case.task is not None else []
    if case.result is not None and case.result.error is None:
        before = case.before.answer if case.before is not None and case.before.error is None else None
        body.append(_answers(before, case.result.answer))
    body += [f"{paragraph(cut(line, MOST_OF_TEXT))}\n" for line in case.why]
    return f"<details><summary>{summary}</summary>\n\n" + "\n".join(body) + "\n</details>\n"


def _short(case: TaskCase) -> str:
    why = "; ".join(case.why) or state_of(case)
    return f"- <code>{_plain(case.task_id)}</code> {inline(cut(why, 200))}\n"


def _answers(before: str | None, now: str) -> str:
    if before is None or before == now:
        return fenced(cut(now, MOST_OF_TEXT))
    removed = [f"- {line}" for line in cut(before, MOST_OF_TEXT).splitlines() or [""]]
    added = [f"+ {line}" for line in cut(now, MOST_OF_TEXT).splitlines() or [""]]
    return fenced("\n".join([*removed, *added]), "diff")


def fenced(text: str, language: str = "text") -> str:
    """A code block that nothing in the text can end."""
    text = printable(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def inline(text: str) -> str:
    """Text as it is: no mark-up, no mention, no line break."""
    return _quiet(_SPECIAL.sub(r"\\\1", " ".join(printable(text).split())))


def paragraph(text: str) -> str:
    """The same where a line begins: no list either."""
    return _OPENS_LIST.sub(lambda opening: f"\\{opening[0]}" if opening[0] in "+-" else f"{opening[0]}\\", inline(text))


def _plain(text: str) -> str:
    from html import escape

    return _quiet(escape(" ".join(printable(text).split())))


def _quiet(text: str) -> str:
    # A mention or a number of an issue is one only with its sign right before it.
    return _MENTION.sub(lambda sign: sign[0] + "\u200b", text)


def _foot(shown: Shown) -> str:
    took = f"{_plain(shown.took_said)}. " if shown.took_said else ""
    return f"\n<sub>{took}Verdict {shown.verdict.id}: `gonogo verdict {shown.name} --failed`.</sub>\n"
