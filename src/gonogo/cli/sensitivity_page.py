"""Sensitivity page: the report as one file of HTML that needs nothing else.

Here: the page. Not here: what stands in it (``domain.sensitivity``).
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gonogo.cli.pages import page
from gonogo.domain.sensitivity import EditEffect, Reading, Sensitivity

_STYLE = """
.prompt { padding: 1rem; border: 1px solid #8886; border-radius: .5rem; line-height: 2.1; background: var(--card) }
.prompt span { padding: .15rem .2rem; border-radius: .25rem }
.untried { opacity: .6 }
.bar { display: block; height: .4rem; max-width: 100%; background: #d9480f; border-radius: .2rem }
.carries { font-weight: 600 }
"""
HOTTEST = 0.25
"""Share of an answer's words from which on a word has the full colour."""


def written(report: Sensitivity) -> str:
    """The whole page; everything that came from texts is escaped."""
    sections = []
    if report.prompt:
        sections.append(f'<h2>The prompt</h2><p class="prompt">{" ".join(_words(report))}</p>')
        sections.append(_table("Edits of the prompt", report.prompt))
    if report.questions:
        sections.append(_table("Forms of the question", report.questions))
    noise = report.noise
    stopped = f'<p class="stopped">Stopped: {escape(report.stopped)}.</p>' if report.stopped else ""
    body = (
        f"<h1>Sensitivity of {escape(report.mission)}</h1>"
        f'<p class="lead">{report.answers} answers over {report.tasks} golden tasks, of which {report.passed} pass '
        "as it is.</p>"
        f"<p>Asked again without any edit: {_figure(noise.moved)} of words moved, {_figure(noise.flipped)} flipped.</p>"
        f'<p class="quiet">Behaviour {escape(report.behaviour_digest[:12])}, seed {report.seed}.</p>{stopped}'
        f"{''.join(sections)}"
        '<p class="quiet">Intervals are 95 % each, whenever one looks. <b>Bold</b>: beyond what chance does, for all '
        "edits together.</p>"
    )
    return page(f"Sensitivity of {report.mission}", body, _STYLE)


def _words(report: Sensitivity) -> list[str]:
    shown = []
    for word, heat in zip(report.words, report.heat, strict=True):
        if heat is None:
            shown.append(f'<span class="untried" title="not tried">{escape(word)}</span>')
        elif heat:
            share = min(1.0, heat / HOTTEST)
            style = f"background:rgb(217 72 15 / {0.15 + 0.65 * share:.2f})"
            shown.append(f'<span style="{style}" title="{100 * heat:.1f} % of words move">{escape(word)}</span>')
        else:
            shown.append(escape(word))
    return shown


def _table(title: str, effects: Sequence[EditEffect]) -> str:
    rows = "".join(
        f'<tr class="{"carries" if one.carries else ""}"><td>{escape(one.edit.said)}</td>'
        f'<td class="figure">{_figure(one.moved)}{_bar(one.moved)}</td>'
        f'<td class="figure">{_figure(one.flipped)}</td><td class="figure">{one.broke}</td>'
        f'<td class="figure">{one.moved.n}</td><td>{escape(one.example)}</td></tr>'
        for one in effects
    )
    return (
        f'<h2>{title}</h2><div class="wide"><table><tr><th>Edit</th><th>Words that moved</th><th>Tasks flipped</th>'
        f"<th>Broke</th><th>Of</th><th>Most on</th></tr>{rows}</table></div>"
    )


def _bar(reading: Reading) -> str:
    return f'<span class="bar" style="width:{10 * reading.value:.2f}rem"></span>' if reading.value else ""


def _figure(reading: Reading) -> str:
    if reading.value is None:
        return "-"
    return f"{100 * reading.value:.1f} % [{100 * reading.low:.1f}, {100 * reading.high:.1f}]"
