"""Front matter: what is read, and what is refused with its line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.errors import MissionInvalid, Problem
from gonogo.retrieval import front_matter
from gonogo.retrieval.front_matter import MAX_CHARACTERS, is_iso_date, read_front_matter


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(MissionInvalid) as caught:
        read_front_matter(text, "page.md")
    return caught.value.problems


def test_title_date_and_the_rest_are_told_apart() -> None:
    front = read_front_matter("---\ntitle: Plans\ndate: 2026-01-31\nteam: {lead: Ada, size: 3}\n---\nText", "page.md")
    assert (front.title, front.date, front.lines) == ("Plans", "2026-01-31", 5)
    assert front.metadata == {"team": {"lead": "Ada", "size": 3}}


def test_a_time_behind_the_date_is_left_out() -> None:
    assert read_front_matter("---\ndate: 2026-01-31T09:30:00Z\n---\n", "page.md").date == "2026-01-31"


@pytest.mark.parametrize("date", ["31.01.2026", "2026-02-30", "2026-1-3", "soon", "20260131", "2026", "[2026-01-31]"])
def test_a_date_that_is_not_iso_is_a_problem_with_its_line(date: str) -> None:
    (problem,) = problems(f"---\ntitle: Plans\ndate: {date}\n---\n")
    assert (problem.line, problem.key, problem.hint) == (3, "date", "write it as YYYY-MM-DD")


def test_a_page_without_a_closing_line_has_no_front_matter() -> None:
    assert read_front_matter("---\ntitle: Plans\n", "page.md").lines == 0


def test_prose_between_two_thematic_breaks_is_no_front_matter() -> None:
    assert read_front_matter("---\nA motto\n---\nText", "page.md").lines == 0


def test_broken_yaml_is_a_problem_with_its_line() -> None:
    (problem,) = problems("---\ntitle: Plans\nnote: [open\n---\n")
    assert problem.line in (3, 4)
    assert "not YAML" in problem.message


def test_aliases_are_refused_before_they_unfold() -> None:
    (problem,) = problems("---\na: &a [x, x]\nb: [*a, *a]\n---\n")
    assert "aliases" in problem.message
    assert problem.line == 3


def test_a_key_given_twice_is_a_problem() -> None:
    (problem,) = problems("---\ntitle: A\ntitle: B\n---\n")
    assert (problem.key, problem.line) == ("title", 3)


@pytest.mark.parametrize("value", [".nan", "!!binary aGk=", "!!set {a, b}", "0b_", "!!python/object:os.system x"])
def test_a_value_that_json_cannot_carry_is_a_problem(value: str) -> None:
    assert problems(f"---\nextra: {value}\n---\n")


def test_values_nested_beyond_reason_are_a_problem_and_no_crash() -> None:
    assert problems("---\na: " + "[" * 20_000 + "\n---\n")


def test_front_matter_over_the_limit_is_refused() -> None:
    assert problems("---\na: " + "x" * MAX_CHARACTERS + "\n---\n")


def test_all_faults_are_reported_at_once() -> None:
    assert len(problems("---\ntitle: [a]\ndate: soon\nextra: .inf\n---\n")) == 3


@settings(max_examples=60)
@given(st.text(alphabet="ab:-[]{}&*!|>'\"#\n 01._%@", max_size=60))
def test_any_block_is_read_or_refused(block: str) -> None:
    with contextlib.suppress(MissionInvalid):
        assert read_front_matter(f"---\n{block}\n---\n", "page.md").lines in (0, *range(2, block.count("\n") + 4))


@given(st.dates())
def test_every_date_in_iso_form_is_accepted(date: object) -> None:
    assert is_iso_date(str(date))


WORDS = st.text(alphabet="abNnoyTrue019 _.,/-", min_size=1, max_size=12)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(("title", "no", "team", "Y", "n_1")), WORDS), min_size=1, max_size=4))
def test_simple_lines_are_read_as_yaml_reads_them(
    monkeypatch: pytest.MonkeyPatch, lines: list[tuple[str, str]]
) -> None:
    text = "---\n" + "".join(f"{key}: {value}\n" for key, value in lines) + "---\n"

    def read() -> object:
        try:
            return read_front_matter(text, "page.md")
        except MissionInvalid as error:
            return error.problems

    quick = read()
    with monkeypatch.context() as slow:
        slow.setattr(front_matter, "_simple", lambda _block: None)
        assert read() == quick
