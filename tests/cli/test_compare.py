"""compare: Versions and models side by side."""

from __future__ import annotations

import re


def test_models_are_columns_of_one_matrix_with_intervals(support):
    said = support.fine("compare", "support", "--models", "small,large")
    assert re.search(r"support@1 · small +\d+\.\d % \[\d+\.\d, \d+\.\d\]", said.out)
    assert re.search(r"support@1 · large .*[+-]\d+\.\d \[[+-]", said.out)
    assert "6 golden tasks of support@1" in said.out


def test_a_cell_that_was_run_before_is_not_run_again(support):
    assert "12 answers made now" in support.fine("compare", "support", "--models", "small,large").out
    said = support.fine("compare", "support", "--models", "small,large,builtin/extractive-small")
    assert "0 answers made now" in said.out
    assert "12 answers made now" in support.fine("compare", "support", "--models", "small,large", "--fresh").out


def test_what_an_evaluation_ran_is_used(live):
    live.edit("support/prompts/system.md", "You", "Today you")
    assert "6 answers made now" in live.fine("compare", "support@1", "support").out


def test_every_target_is_run_on_the_golden_tasks_of_the_first(live):
    golden = live.folder / "support/golden/tasks.yaml"
    kept = golden.read_text().split("\n- id:")
    golden.write_text("\n- id:".join(kept[:3]))
    found = live.fine("compare", "support@1", "support", "--json").json
    assert (found["judged_by"], len(found["tasks"])) == ("support@1", 6)
    assert [cell["version"] for cell in found["cells"]] == ["support@1", "support@2"]
    assert found["cells"][1]["difference"]["value"] == 0.0


def test_the_page_is_one_file_with_the_answers_side_by_side(support, tmp_path):
    page = tmp_path / "matrix.html"
    support.fine("compare", "support", "--models", "small,large", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "color-scheme: light dark" in text
    assert "src=" not in text
    assert "href=" not in text
    assert text.count("✓ passed") + text.count("✗ failed") == 12


def test_words_of_texts_are_escaped_on_the_page():
    from gonogo.cli.compare_page import written
    from gonogo.domain.matrix import Matrix, MatrixAnswer, MatrixTask

    task = MatrixTask(id="<i>", question="<b>?", answers=(MatrixAnswer(passed=None, text="", error="<script>"),))
    page = written(Matrix(judged_by="<x>", cells=(), tasks=(task,), wall=0.0))
    assert not {"<script>", "<b>", "<i>", "<x>"} & set(re.findall(r"<[^>]*>", page))


def test_a_model_nobody_knows_is_named_before_anything_is_asked(support):
    said = support("compare", "support", "--models", "smal,large")
    assert (said.code, "did you mean 'small'?" in said.err) == (65, True)
    said = support("compare", "support", "--models", "small,nope/m")
    assert (said.code, "provider 'nope' is not in" in said.err) == (65, True)


def test_one_cell_a_model_named_twice_and_no_model_are_usage_errors(support):
    for words in (["support"], ["support", "--models", "small"], ["support", "--models", "small,small"],
                  ["support", "--models", ","]):  # fmt: skip
        assert support("compare", *words).code == 2


def test_another_providers_model_is_asked_with_the_parameters_all_models_share(support, model_server):
    support.settings(f'[providers.slow]\nbase_url = "{model_server.url}"\n')
    model_server.released.set()
    found = support.fine("compare", "support", "--models", "small,slow/m-2024-01-01", "--json").json
    assert len(model_server.questions) == 6
    assert found["cells"][1]["model"] == "slow/m-2024-01-01"


def test_a_comparison_can_be_recorded_and_replayed(support, model_server):
    support.settings(f'[providers.slow]\nbase_url = "{model_server.url}"\n')
    model_server.released.set()
    words = ("compare", "support", "--models", "small,slow/m-2024-01-01", "--json")
    first = support.fine(*words, "--record", "calls.jsonl").json
    again = support.fine(*words, "--replay", "calls.jsonl").json
    assert len(model_server.questions) == 6
    assert [cell["passed"] for cell in again["cells"]] == [cell["passed"] for cell in first["cells"]]


def test_a_cap_leaves_later_cells_for_another_time(support, model_server):
    support.settings(f'[providers.slow]\nbase_url = "{model_server.url}"\n')
    model_server.released.set()
    words = ("compare", "support", "--models", "slow/m-2024-01-01,small")
    said = support.fine(*words, "--max-tokens", "1")
    assert "5 never run" in said.out
    assert "Stopped by --max-tokens 1" in said.err
    assert len(model_server.questions) == 1
    support.fine(*words)
    assert len(model_server.questions) == 6
