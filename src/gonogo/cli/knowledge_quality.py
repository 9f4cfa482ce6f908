"""Commands ``knowledge eval`` and ``knowledge tune``: how well pages are found, and better settings.

Here: parsing and phrasing. Not here: the measurement (``assembly.knowledge_quality``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import dim, json_option, print_json
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table

if TYPE_CHECKING:
    from gonogo.assembly.knowledge_quality import Answerability
    from gonogo.retrieval import RetrievalReport
    from gonogo.statistics import Estimate

NO_BETTER = 1


@click.command("eval")
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@click.option("--k", default=10, show_default=True, type=click.IntRange(1, 100), help="Chunks looked at.")
@json_option
@pass_session
def evaluate(session: Session, folder: Path, k: int, as_json: bool) -> None:
    """How well the search of FOLDER finds the pages that its golden tasks cite, and knows when none answers."""
    found = session.run(lambda workspace: workspace.search_quality.evaluate(folder, k=k))
    report, able = found.report, found.answerability
    if as_json:
        print_json(_plain(report, able))
        return
    rows = (("recall", report.recall), ("nDCG", report.ndcg), ("MRR", report.mrr))
    table(
        ("FIGURE", "VALUE", "95 % INTERVAL"),
        [(f"{name}@{k}", *(("-", "needs two questions") if one is None else _cells(one))) for name, one in rows],
    )
    missed = [one.id for one in report.answerable if not one.hit]
    click.echo(f"\n{report.hit.hits} of {report.hit.total} questions with a page found one of theirs"
               + (f"; not: {', '.join(missed[:5])}{' ...' if len(missed) > 5 else ''}" if missed else ""))  # fmt: skip
    _say_answerability(report, able)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@json_option
@pass_session
def tune(session: Session, folder: Path, as_json: bool) -> int:
    """Choose chunk_tokens, dense_weight and top_k of FOLDER on half of its golden tasks, prove them on the other.

    Nothing is written. Exit code 1: nothing is better beyond the error bar.
    """
    found = session.run(lambda workspace: workspace.search_quality.tune(folder))
    if as_json:
        print_json(
            {
                "present": found.present,
                "chosen": found.chosen,
                "gain": _bounds(found.gain),
                "better": found.better,
                "tuned_on": found.tuned_on,
                "proven_on": found.proven_on,
                "tried": found.tried,
            }
        )
        return 0 if found.better else NO_BETTER
    low, high = found.gain.interval.low, found.gain.interval.high
    gain = f"nDCG@10 {found.gain.value:+.3f} [{low:+.3f}, {high:+.3f}] on {found.proven_on} tasks that chose nothing"
    chosen = found.chosen
    setting = f"{{chunk_tokens: {chosen.chunk_tokens}, dense_weight: {chosen.dense_weight:g}, top_k: {chosen.top_k}}}"
    if found.better:
        click.echo(f"retrieval: {setting}   {gain}")
        click.echo(dim("Better pages are not yet better answers: evaluate the edited folder before deploying it."))
        return 0
    click.echo(f"Nothing is proven better than what stands in mission.yaml. Best of {found.tried} on the other half:")
    click.echo(f"  {setting}   {gain}")
    return NO_BETTER


def _say_answerability(report: RetrievalReport, able: Answerability) -> None:
    if not report.unanswerable:
        click.echo(dim("No task says `refuses: true`: nothing is known of questions that no page answers."))
        return
    area = able.separation
    shown = area.note if area.value is None else f"{area.value:.3f} [{area.low:.3f}, {area.high:.3f}]"
    click.echo(f"best score, answerable against {len(report.unanswerable)} unanswerable: AUC {shown}")
    if able.least is not None:
        click.echo(
            f"retrieval: {{least: {able.least:g}}}   refuses {able.refused_unanswerable} of {len(report.unanswerable)} "
            f"unanswerable and {able.refused_answerable} of {len(report.answerable)} answerable"
        )


def _cells(found: Estimate) -> tuple[str, str]:
    return f"{found.value:.3f}", f"{found.interval.low:.3f} to {found.interval.high:.3f}"


def _plain(report: RetrievalReport, able: Answerability) -> dict[str, object]:
    return {
        "k": report.k,
        "hit": {"hits": report.hit.hits, "total": report.hit.total},
        "recall": None if report.recall is None else _bounds(report.recall),
        "ndcg": None if report.ndcg is None else _bounds(report.ndcg),
        "mrr": None if report.mrr is None else _bounds(report.mrr),
        "unanswerable": len(report.unanswerable),
        "answerability": able,
        "questions": [
            {"id": one.id, "hit": one.hit, "recall": one.recall, "ndcg": one.ndcg, "best": one.top}
            for one in (*report.answerable, *report.unanswerable)
        ],
    }


def _bounds(found: Estimate) -> dict[str, float]:
    return {"value": found.value, "low": found.interval.low, "high": found.interval.high}
