"""SQL: what parses, what is allowed, and what is said without the extra."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from gonogo.contracts.judging import Answer
from gonogo.domain import Assertion
from gonogo.features import Reader
from gonogo.metrics import BuiltInAssertions

Make = Callable[..., Answer]


def sql(kind: str = "is-sql", value: Any = None, *, negate: bool = False, **options: Any) -> Assertion:
    return Assertion(kind=kind, value=value, options=options, negate=negate)


@pytest.fixture
def with_sqlglot() -> None:
    pytest.importorskip("sqlglot")


@pytest.mark.usefixtures("with_sqlglot")
@pytest.mark.parametrize(
    ("assertion", "text"),
    [
        (sql(), "SELECT id, count(*) FROM orders WHERE day > '2026-01-01' GROUP BY id;"),
        (sql(), "DELETE FROM orders WHERE id = 3"),
        (sql(dialect="mysql"), "SELECT `id` FROM `orders` LIMIT 3"),
        (sql(tables=["Orders"]), "WITH o AS (SELECT id FROM orders) SELECT * FROM o"),
        (sql(tables=["orders"], columns=["id", "day"]), "SELECT id FROM orders ORDER BY day"),
        (sql("contains-sql"), "Try this:\n```sql\nSELECT 1\n```\nIt works."),
        (sql("contains-sql"), "Run SELECT id FROM orders; and look."),
    ],
)
def test_sql_holds_and_turned_round_fails(reader: Reader, answer: Make, assertion: Assertion, text: str) -> None:
    assertions = BuiltInAssertions(reader)
    assert assertions.judge(assertion, answer(text)).passed is True
    turned = Assertion(kind=assertion.kind, options=assertion.options, negate=True)
    assert assertions.judge(turned, answer(text)).passed is False


@pytest.mark.usefixtures("with_sqlglot")
@pytest.mark.parametrize(
    ("assertion", "text", "said"),
    [
        (sql(), "SELECT FROM WHERE", "does not parse"),
        (sql(), "hello world", "no statement"),
        (sql(), "", "no statement"),
        (sql(), "Here you are: SELECT 1", "parse"),
        (sql(tables=["orders"]), "SELECT * FROM users", "tables that are not allowed: users"),
        (sql(columns=["id"]), "SELECT id, password FROM orders", "columns that are not allowed: password"),
        (sql("contains-sql"), "I select nothing from you.", "no SQL found"),
        (sql("contains-sql", tables=["orders"]), "```sql\nSELECT * FROM users\n```", "not allowed: users"),
    ],
)
def test_sql_that_does_not_hold_says_why(
    reader: Reader, answer: Make, assertion: Assertion, text: str, said: str
) -> None:
    score = BuiltInAssertions(reader).judge(assertion, answer(text))
    assert score.passed is False
    assert said in score.detail


@pytest.mark.usefixtures("with_sqlglot")
@pytest.mark.parametrize(
    ("assertion", "said"),
    [
        (sql(value="SELECT 1"), "takes options only"),
        (sql(dialect="mysqll"), "dialect: Unknown dialect 'mysqll'"),
        (sql(tables=[]), "tables: needs a list"),
        (sql("contains-sql", columns=[True]), "columns: item 1"),
        (sql("contains-sql", table=["x"]), "unknown option 'table'; did you mean tables?"),
    ],
)
def test_sql_that_is_not_well_written_is_explained(reader: Reader, assertion: Assertion, said: str) -> None:
    assert said in str(BuiltInAssertions(reader).problems(assertion))


def test_without_the_extra_the_install_line_is_told(
    reader: Reader, answer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    assertions = BuiltInAssertions(reader)
    assert "pip install 'gonogo[sql]'" in str(assertions.problems(sql()))
    assert assertions.judge(sql("contains-sql"), answer("SELECT 1")).state == "error"
