"""Compare page: the matrix as one file of HTML that needs nothing else, with the answers side by side.

Here: the page. Not here: what stands in it (``domain.matrix``).
"""

from __future__ import annotations

from html import escape

from gonogo.cli.compare import points, share
from gonogo.cli.output import duration, money
from gonogo.cli.pages import page
from gonogo.domain.matrix import Matrix, MatrixAnswer, MatrixCell, MatrixTask

_STYLE = """
body { max-width: 100rem }
.answers td, .answers th { min-width: 16rem; overflow-wrap: anywhere; white-space: pre-wrap }
.answers .task { min-width: 10rem }
.mark { font-weight: 600; display: block }
.passed .mark { color: light-dark(#2b6a2f, #7ccb80) }
.failed .mark { color: light-dark(#b3261e, #ff8a80) }
.lost .mark { color: light-dark(#7a5a00, #e6c35c) }
.id { opacity: .7; display: block }
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
        f"<p>{len(found.tasks)} golden tasks, {differ} of them come out differently.</p>"
        f'<div class="wide"><table><tr><th>Cell</th><th>Passed</th><th>Points to the first</th><th>Broke</th>'
        f"<th>Mended</th><th>A task costs</th><th>Tokens a task</th><th>p50</th><th>p95</th><th>Without result</th>"
        f"</tr>{cells}</table></div><p>Intervals are 95 % each: Wilson's; for the paired difference to the first cell "
        f'Tango\'s.</p><h2>Answers</h2><p><label><input type="checkbox" id="differ"> only tasks that come out '
        f'differently</label></p><div class="wide"><table class="answers"><tr><th class="task">Task</th>{heads}</tr>'
        f"{rows}</table></div>"
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
    return f"<tr><td>{escape(cell.name)}</td>{row}</tr>"


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
