"""Compare page: the matrix as one file of HTML that needs nothing else, with the answers side by side.

Here: the page. Not here: what stands in it (``domain.matrix``).
"""

from __future__ import annotations

from html import escape

from gonogo.cli.output import counted, duration, money
from gonogo.cli.pages import page
from gonogo.cli.spans import points, share
from gonogo.domain.matrix import Matrix, MatrixAnswer, MatrixCell, MatrixTask

_STYLE = """
body { max-width: 100rem }
.cell { white-space: nowrap }
.answers td, .answers th { min-width: 13rem; overflow-wrap: anywhere; white-space: pre-wrap }
.answers .task { min-width: 9rem; position: sticky; left: 0; background: var(--ground) }
.differs td { background: var(--card) } .differs .task { background: var(--card); font-weight: 600 }
.mark { font-weight: 600; display: block }
.passed .mark { color: var(--go) } .failed .mark { color: var(--nogo) } .lost .mark { color: var(--unsure) }
.id { color: var(--quiet); font-weight: 400; display: block }
body:has(#differ:checked) tr.same { display: none }
"""
_MARKS = {True: ("passed", "✓ passed"), False: ("failed", "✗ failed"), None: ("lost", "no result")}


def written(found: Matrix) -> str:
    """The whole page; everything that came from texts is escaped."""
    title = f"Comparison on {found.judged_by}"
    differ = sum(task.differs for task in found.tasks)
    cells = "".join(_cell(place, cell) for place, cell in enumerate(found.cells))
    heads = "".join(f"<th>{escape(cell.name)}</th>" for cell in found.cells)
    rows = "".join(_task(task) for task in found.tasks)
    body = (
        f"<h1>{escape(title)}</h1>"
        f'<p class="lead">{counted(len(found.tasks), "golden task")} of {escape(found.judged_by)}, {differ} of them '
        f"come out differently.</p>{_stopped(found)}"
        f'<div class="wide"><table><tr><th>Cell</th><th>Passed</th><th>Points to the first</th><th>Broke</th>'
        f"<th>Mended</th><th>A task costs</th><th>Tokens a task</th><th>p50</th><th>p95</th><th>Without result</th>"
        f'</tr>{cells}</table></div><p class="quiet">Intervals are 95 % each: Wilson\'s; for the paired difference to '
        f'the first cell Tango\'s.</p><h2>Answers</h2><p><label><input type="checkbox" id="differ"> only tasks that '
        f'come out differently</label></p><div class="wide"><table class="answers"><tr><th class="task">Task</th>'
        f"{heads}</tr>{rows}</table></div>"
    )
    return page(title, body, _STYLE)


def _cell(place: int, cell: MatrixCell) -> str:
    tokens = "-" if cell.tokens is None else f"{cell.tokens:.0f}"
    figures = (
        share(cell.passed),
        points(cell.difference) if place else "",
        str(len(cell.broke)) if place else "",
        str(len(cell.mended)) if place else "",
        "-" if cell.tokens is None else money(cell.cost),
        tokens,
        duration(cell.p50),
        duration(cell.p95),
        str(cell.errors + cell.never_run),
    )
    row = "".join(f'<td class="figure">{escape(figure)}</td>' for figure in figures)
    return f'<tr><td class="cell">{escape(cell.name)}</td>{row}</tr>'


def _stopped(found: Matrix) -> str:
    said = f"Stopped: {escape(found.stopped)}. Tasks without result were never asked."
    return f'<p class="stopped">{said}</p>' if found.stopped else ""


def _task(task: MatrixTask) -> str:
    answers = "".join(map(_answer, task.answers))
    return (
        f'<tr class="{"differs" if task.differs else "same"}"><td class="task">{escape(task.question)}'
        f'<span class="id">{escape(task.id)}</span></td>{answers}</tr>'
    )


def _answer(answer: MatrixAnswer) -> str:
    kind, mark = _MARKS[answer.passed]
    text = answer.text or answer.error or ""
    return f'<td class="{kind}"><span class="mark">{mark}</span>{escape(text)}</td>'
