"""Tabular classifiers: classifiers of rows with named columns, such as a churn or fraud model.

Here: the Protocol beside `Classifier`. Not here: the implementation (``classifiers.tabular``).
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from gonogo.domain.columns import Column


@runtime_checkable
class RowJudge(Protocol):
    """What a `Classifier` is besides when it judges rows: its columns go into ``Example.context`` as numbers."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """In the order of its weights; `gonogo.domain.columns.read_values` turns written values into numbers."""
        ...
