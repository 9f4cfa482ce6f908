"""Page: a Verdict as one file of HTML that needs nothing else: to keep as an artifact, to send, to print.

Here: the page. Not here: what it holds (``shown``), the frame (``cli.pages``).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gonogo.building.word_diff import word_diff
from gonogo.cli.output import counted, moment
from gonogo.cli.pages import page
from gonogo.cli.reports.shown import (
    METRIC_HEADS,
    RATIO_HEADS,
    RERUN_HEADS,
    TOO_FEW,
    Row,
    Shown,
    confidence_of,
    cut,
    place_of,
    state_of,
)
from gonogo.console.drawing import DrawnInterval, interval_of
from gonogo.console.verdicts import TaskCase

MOST_CASES = 500
MOST_OF_TEXT = 20_000
FEW_SLICES = 6
FIRST_OPEN = 3
"""Tasks that are unfolded from the start."""
_STYLE = """
:root { --invalid: light-dark(#692a84, #e0aef5); --axis: light-dark(#8a94a3, #77818f) }
h1 { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; line-height: 1.2 }
.outcome { padding: .1rem .8rem; border: 2px solid; border-radius: .4rem; white-space: nowrap }
.go { color: var(--go) } .no-go { color: var(--nogo) } .inconclusive { color: var(--unsure) }
.invalid { color: var(--invalid) }
.reasons { padding-left: 1.2rem }
.reasons b { white-space: nowrap }
.drawn { min-width: 11rem; width: 25% }
svg { display: block; width: 100%; overflow: visible }
svg line { stroke: var(--axis) } svg .zero { stroke: currentColor }
svg .bound { stroke: currentColor; stroke-width: 1.5; stroke-dasharray: 3 2 }
svg .range { fill: var(--axis); fill-opacity: .45 } svg .point { fill: currentColor }
.clear .range { fill: var(--go) } .beyond .range { fill: var(--nogo) } .crossing .range { fill: var(--unsure) }
details { margin: .5rem 0; border: 1px solid #8884; border-radius: .5rem; background: var(--card) }
summary { padding: .5rem .8rem; cursor: pointer } summary code { color: var(--quiet); font-size: .85rem }
.state { font-weight: 600; padding: 0 .3rem }
dl { margin: 0; padding: .2rem .8rem .8rem; display: grid; grid-template-columns: 6.5rem 1fr; gap: .4rem 1rem }
dt { color: var(--quiet) } dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
del { color: var(--nogo); background: light-dark(#fce4e2, #451817); text-decoration: none }
ins { color: var(--go); background: light-dark(#dcf3e5, #12351f); text-decoration: none }
.plain { background: none } .plain .wide, .plain p { margin: 0 .8rem .5rem }
@media print { details { break-inside: avoid } .plain { break-inside: auto }
 details::details-content { content-visibility: visible; height: auto } }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; gap: .1rem } dd { margin-bottom: .5rem } }
"""


def written(shown: Shown) -> str:
    """The whole page; everything that came from texts is escaped."""
    found = shown.verdict
    kind = found.outcome.lower()
    body = [
        f'<h1><span class="outcome {kind}">{found.outcome}</span> {_safe(shown.name)}</h1>',
        f'<p class="lead">{_safe(shown.said)}</p>',
        f'<p class="quiet">Against {_safe(shown.against)}; {moment(found.created_at)}; verdict '
        f"<code>{_safe(found.id)}</code></p>",
        _reasons(shown),
        _table("Metrics", METRIC_HEADS, shown.metrics),
        _slices(shown.slices),
        f"<h2>Budgets against live</h2>{_plain_table(RATIO_HEADS, shown.ratios)}" if shown.ratios else "",
        _critical(shown),
        _cases(shown.heading, shown.named, FIRST_OPEN),
        _cases(f"{counted(len(shown.others), 'more task')} failed or did not run", shown.others, 0),
        f"<h2>What it took</h2><p>{_safe(shown.took_said)}.</p>" if shown.took_said else "",
    ]
    return page(f"{found.outcome} {shown.name}", "".join(body), _STYLE)


def _reasons(shown: Shown) -> str:
    rows = "".join(
        f'<li><b class="{outcome.lower()}">{outcome}</b> {_safe(rule)}: {_safe(message)}</li>'
        for outcome, rule, message in shown.more_reasons
    )
    return f'<h2>Reasons</h2><ul class="reasons">{rows}</ul>' if rows else ""


def _table(title: str, heads: Sequence[str], rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    drawn = any(row.comparison.low is not None for row in rows)
    top = "".join(f"<th>{head}</th>" for head in (*heads, *(("Interval",) if drawn else ())))
    lines = []
    for row in rows:
        note = f'<br><span class="quiet">{_safe(row.note)}</span>' if row.note else ""
        first, *rest = map(_safe, row.cells)
        cells = f"<td>{first}{note}</td>" + "".join(f'<td class="figure">{cell}</td>' for cell in rest)
        picture = interval_of(row.comparison, None)
        cells += f'<td class="drawn">{_drawn(picture, row) if picture else ""}</td>' if drawn else ""
        lines.append(f"<tr>{cells}</tr>")
    marks = " In the picture a line stands where live is, a dashed one at the margin." if drawn else ""
    said = f'<p class="quiet">{confidence_of(rows)}{marks}</p>'
    heading = f"<h2>{title}</h2>" if title else ""
    return f'{heading}<div class="wide"><table><tr>{top}</tr>{"".join(lines)}</table></div>{said}'


def _drawn(at: DrawnInterval, row: Row) -> str:
    marks = "".join(
        f'<line class="{kind}" x1="{place}%" x2="{place}%" y1="3" y2="19"><title>{name}</title></line>'
        for kind, name, place in (("zero", "live", at.zero), ("bound", "margin", at.lower), ("bound", "max", at.upper))
        if place is not None
    )
    return (
        f'<svg class="{at.standing}" height="22" role="img" aria-label="{_safe(" ".join(row.cells))}">'
        f'<line x1="0" x2="100%" y1="11" y2="11"/>'
        f'<rect class="range" x="{at.left}%" y="7" width="{at.width}%" height="8" rx="4"/>{marks}'
        f'<circle class="point" cx="{at.point}%" cy="11" r="4.5"/></svg>'
    )


def _critical(shown: Shown) -> str:
    if not shown.critical:
        return ""
    said = f"<h2>Critical tasks</h2><p>{_safe(shown.critical)}.</p>"
    if not shown.reruns:
        return said
    return said + _plain_table(RERUN_HEADS, shown.reruns)


def _plain_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{head}</th>" for head in heads)
    lines = "".join("<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{top}</tr>{lines}</table></div>'


def _slices(rows: Sequence[Row]) -> str:
    """Folded where there are so many that what broke would stand far below."""
    if not rows:
        return ""
    opened = " open" if len(rows) <= FEW_SLICES else ""
    small = sum(row.note.startswith(TOO_FEW) for row in rows)
    said = f"{counted(len(rows), 'slice')}" + (f", {small} of them with {TOO_FEW}" if small else "")
    inside = _table("", ("Tag", *METRIC_HEADS[1:]), rows)
    return f'<h2>Slices</h2><details class="plain"{opened}><summary>{said}</summary>{inside}</details>'


def _cases(title: str, cases: Sequence[TaskCase], opened: int) -> str:
    if not cases:
        return ""
    shown = "".join(_case(case, place < opened) for place, case in enumerate(cases[:MOST_CASES]))
    rest = len(cases) - MOST_CASES
    more = f'<p class="quiet">{counted(rest, "more task")} left out.</p>' if rest > 0 else ""
    return f"<h2>{title}</h2>{shown}{more}"


def _case(case: TaskCase, opened: bool) -> str:
    lost = case.result is None or case.result.passed is None
    rows = [("Question", _text(case.task.question))] if case.task is not None else []
    rows += _answers(case)
    rows += [("Why", _text("\n".join(case.why)))] if case.why else []
    inside = "".join(f"<dt>{name}</dt><dd>{html}</dd>" for name, html in rows)
    place = f"<code>{_safe(place_of(case))}</code>" if place_of(case) else ""
    return (
        f"<details{' open' if opened else ''}><summary><b>{_safe(case.task_id)}</b> "
        f'<span class="state {"invalid" if lost else "no-go"}">{state_of(case)}</span> {place}</summary>'
        f"<dl>{inside}</dl></details>"
    )


def _answers(case: TaskCase) -> list[tuple[str, str]]:
    if case.result is None or case.result.error is not None:
        return []
    now = cut(case.result.answer, MOST_OF_TEXT)
    if case.before is None or case.before.error is not None or case.before.answer == case.result.answer:
        return [("Answer", _text(now))]
    runs = word_diff(cut(case.before.answer, MOST_OF_TEXT), now)
    before = "".join(_marked("del", run.kind == "removed", run.text) for run in runs if run.kind != "added")
    after = "".join(_marked("ins", run.kind == "added", run.text) for run in runs if run.kind != "removed")
    return [("Live said", before), ("Answer", after)]


def _marked(tag: str, changed: bool, text: str) -> str:
    return f"<{tag}>{_safe(text)}</{tag}>" if changed else _safe(text)


def _text(text: str) -> str:
    return _safe(cut(text, MOST_OF_TEXT))


def _safe(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode("utf-8"))
