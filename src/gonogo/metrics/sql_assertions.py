"""Assertions about SQL: is-sql, contains-sql.

Here: statements parsed by sqlglot (extra ``sql``), never run. Not here: other formats (``format_assertions``).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from gonogo.contracts.judging import Answer
from gonogo.contracts.text import TextReader
from gonogo.domain import Assertion, Score
from gonogo.errors import ExtraMissing
from gonogo.metrics.judgement import Kind, Problem, failed, plain_text, texts, texts_problem, verdict

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

LONGEST = 50_000
_FENCE = re.compile(r"```[ \t]*(?:sql)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_STATEMENT = re.compile(
    r"\b(?:select|insert\s+into|update|delete\s+from|create|alter|drop|with|merge\s+into)\b[^;]*;", re.IGNORECASE
)
_MOST_STATEMENTS = 50


def _problem(assertion: Assertion) -> Problem:
    if assertion.value not in (None, True):
        return f"takes options only, got {assertion.value!r}"
    if not _installed():
        return str(ExtraMissing("sql", "reading SQL"))
    for option in ("tables", "columns"):
        allowed = assertion.options.get(option)
        if allowed is not None and (problem := texts_problem(allowed)):
            return f"{option}: {problem}"
    dialect = assertion.options.get("dialect")
    return None if dialect is None else _dialect_problem(plain_text(dialect) or "")


def _installed() -> bool:
    try:
        return find_spec("sqlglot") is not None
    except ValueError:  # a module that was put aside
        return False


def _dialect_problem(dialect: str) -> Problem:
    from sqlglot.dialects.dialect import Dialect

    try:
        Dialect.get_or_raise(dialect.lower() or "none")
    except ValueError as error:
        return f"dialect: {str(error).splitlines()[0]}"
    return None


def _is_sql(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if len(answer.text) > LONGEST:
        return failed(assertion, f"the answer has over {LONGEST} characters and was not parsed")
    wrong = _wrong(answer.text, assertion)
    return verdict(assertion, wrong is None, wrong or "the answer is SQL")


def _contains_sql(assertion: Assertion, answer: Answer, _: TextReader) -> Score:
    if len(answer.text) > LONGEST:
        return failed(assertion, f"the answer has over {LONGEST} characters and was not parsed")
    candidates = [*_FENCE.findall(answer.text), *_STATEMENT.findall(answer.text), answer.text]
    wrong = [_wrong(candidate, assertion) for candidate in candidates[:_MOST_STATEMENTS]]
    holds = None in wrong
    return verdict(assertion, holds, "the answer contains SQL" if holds else f"no SQL found: {wrong[0]}")


def _wrong(text: str, assertion: Assertion) -> str | None:
    """What keeps a text from being statements of SQL on what is allowed."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    # sqlglot warns of statements it keeps as they are; they count as no SQL here.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    dialect = plain_text(assertion.options.get("dialect"))
    try:
        parsed = sqlglot.parse(text, read=dialect.lower() if dialect else None)
    except (SqlglotError, RecursionError) as error:
        return f"it does not parse: {(str(error).splitlines() or ['too deep'])[0][:200]}"
    statements = [statement for statement in parsed if statement is not None]
    if not statements or not all(_is_statement(statement) for statement in statements):
        return "it is no statement of SQL"
    return _not_allowed(statements, assertion)


def _is_statement(parsed: object) -> bool:
    """A word alone, ``a b`` or ``x = 1`` parse as expressions and are no statements."""
    from sqlglot import expressions

    kinds = ("Query", "DML", "DDL", "Alter", "Drop", "TruncateTable", "Use", "Set", "Transaction", "Commit", "Rollback")
    return isinstance(parsed, tuple(getattr(expressions, name) for name in kinds if hasattr(expressions, name)))


def _not_allowed(statements: Sequence[Expr], assertion: Assertion) -> str | None:
    from sqlglot.expressions import CTE, Column, Table

    for option, found in (("tables", Table), ("columns", Column)):
        if option not in assertion.options:
            continue
        allowed = {name.lower() for name in texts(assertion.options[option])}
        named = {cte.alias.lower() for statement in statements for cte in statement.find_all(CTE)}
        used = {node.name.lower() for statement in statements for node in statement.find_all(found)}
        if extra := sorted(used - allowed - named):
            return f"it uses {option} that are not allowed: {', '.join(extra[:5])}"
    return None


KINDS = (
    Kind(
        name="is-sql",
        summary="the whole answer is SQL that parses; with tables or columns, it uses no others (extra `sql`)",
        argument="{dialect: mysql, tables: [orders], columns: [id]}",
        options=("dialect", "tables", "columns"),
        problem=_problem,
        judge=_is_sql,
    ),
    Kind(
        name="contains-sql",
        summary="a statement of SQL stands in the answer, as is-sql (extra `sql`)",
        argument="{dialect: mysql, tables: [orders], columns: [id]}",
        options=("dialect", "tables", "columns"),
        problem=_problem,
        judge=_contains_sql,
    ),
)
