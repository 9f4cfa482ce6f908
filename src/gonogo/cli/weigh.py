"""Command weigh: how much vectors should count beside BM25.

Here: parsing and phrasing. Not here: the measurement (``retrieval``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gonogo.cli.output import dim, json_option, print_json
from gonogo.cli.session import Session, pass_session
from gonogo.cli.tables import table

if TYPE_CHECKING:
    from gonogo.retrieval import RetrievalReport
    from gonogo.statistics import Estimate


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=Path())
@json_option
@pass_session
def weigh(session: Session, folder: Path, as_json: bool) -> None:
    """Choose retrieval.dense_weight of FOLDER on its golden tasks that cite pages. Nothing is written."""
    choice = session.run(lambda workspace: workspace.folders.weigh(folder))
    if as_json:
        rows = [{"weight": row.weight, **_plain(row.report), "gain": _bounds(row.gain)} for row in choice.rows]
        print_json(
            {"dense_weight": choice.weight, "reason": choice.reason, "baseline": _plain(choice.baseline), "rows": rows}
        )
        return
    table(
        ("WEIGHT", "HIT", "nDCG", "MRR", "GAIN OVER BM25 (90 % CI)"),
        [
            ("0 (BM25)", *_cells(choice.baseline), dim("-")),
            *((f"{row.weight:g}", *_cells(row.report), _gain(row.gain)) for row in choice.rows if row.weight > 0),
        ],
    )
    click.echo(f"\nretrieval: {{dense_weight: {choice.weight:g}}}   {choice.reason}")
    click.echo(dim("Better pages are not yet better answers: evaluate the edited folder before deploying it."))


def _cells(report: RetrievalReport) -> tuple[str, str, str]:
    return (
        f"{report.hit.hits}/{report.hit.total}",
        "-" if report.ndcg is None else f"{report.ndcg.value:.3f}",
        "-" if report.mrr is None else f"{report.mrr.value:.3f}",
    )


def _gain(gain: Estimate) -> str:
    return f"{gain.value:+.3f} [{gain.interval.low:+.3f}, {gain.interval.high:+.3f}]"


def _plain(report: RetrievalReport) -> dict[str, object]:
    return {
        "hit": {"hits": report.hit.hits, "total": report.hit.total},
        "ndcg": None if report.ndcg is None else _bounds(report.ndcg),
        "mrr": None if report.mrr is None else _bounds(report.mrr),
    }


def _bounds(found: Estimate) -> dict[str, float]:
    return {"value": found.value, "low": found.interval.low, "high": found.interval.high}
