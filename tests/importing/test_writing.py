"""What an import writes: whole or not at all, and never over anything."""

from __future__ import annotations

import json

import pytest
import yaml

from gonogo.errors import BadInput
from gonogo.importing import Carried, Columns, files_of, write_files
from gonogo.importing.carried import LeftBehind

MISSION = "mission: mine\nmodels: {m: {provider: builtin, model: extractive-small}}\nprompt: {system: Be brief.}\n"
COLUMNS = Columns(question="q", id="nr")


def table(put, text="q,nr\nHow?,a\n"):
    return put("rows.csv", text)


def test_a_new_folder_has_a_mission_golden_tasks_and_a_report(bring, put, tmp_path):
    bring("table", table(put), tmp_path / "a/new", columns=COLUMNS)
    written = sorted(path.relative_to(tmp_path / "a/new").as_posix() for path in (tmp_path / "a/new").rglob("*.*"))
    assert written == ["IMPORT.md", "golden/rows.yaml", "mission.yaml", "prompts/system.md"]


def test_many_tasks_are_one_json_object_a_line(bring, put, tmp_path):
    rows = "".join(f"How {number}?,{number}\u0085\n" for number in range(1001))
    bring("table", table(put, f"q,nr\n{rows}"), tmp_path / "out", columns=COLUMNS)
    lines = (tmp_path / "out/golden/rows.jsonl").read_text(encoding="utf-8").split("\n")
    assert json.loads(lines[1000]) == {"id": "1000", "question": "How 1000?", "draft": True}
    assert yaml.safe_load((tmp_path / "out/mission.yaml").read_text())["golden"] == "golden/*.jsonl"


@pytest.mark.parametrize("standing", ["notes.txt", "golden/rows.yaml"])
def test_a_folder_that_is_no_mission_and_not_empty_is_refused(bring, put, tmp_path, standing):
    path = tmp_path / "out" / standing
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(BadInput, match="holds something already"):
        bring("table", table(put), tmp_path / "out", columns=COLUMNS)
    assert path.read_text() == "mine"


def test_a_mission_gets_golden_tasks_with_ids_of_their_own(bring, put, tmp_path):
    out = tmp_path / "out"
    (out / "golden").mkdir(parents=True)
    (out / "mission.yaml").write_text(f"{MISSION}golden: golden/*.yaml\n")
    (out / "golden/own.yaml").write_text("- {id: a, question: Mine?, draft: true}\n")
    carried = bring("table", table(put), out, columns=COLUMNS)
    assert [task["id"] for task in yaml.safe_load((out / "golden/rows.yaml").read_text())] == ["rows-a"]
    assert any("uses already" in note for note in carried.notes)
    assert (out / "mission.yaml").read_text() == f"{MISSION}golden: golden/*.yaml\n"
    with pytest.raises(BadInput, match="exists already"):
        bring("table", table(put), out, columns=COLUMNS)


def test_a_mission_that_would_not_read_the_new_file_is_told_so(bring, put, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mission.yaml").write_text(f"{MISSION}golden: tasks.yaml\n")
    carried = bring("table", table(put), out, columns=COLUMNS)
    assert "does not read golden/rows.yaml yet" in carried.notes[0]


def test_a_file_that_appears_meanwhile_is_not_written_over_and_nothing_is_left(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/b.txt").write_text("mine")
    with pytest.raises(BadInput, match="exists already"):
        write_files({"a.txt": "new", "b.txt": "new"}, tmp_path / "out")
    assert not (tmp_path / "out/a.txt").exists()
    assert (tmp_path / "out/b.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="cannot be written"):
        write_files({"a.txt": "new"}, tmp_path / "file/out")


def test_a_text_that_looks_as_if_it_held_a_key_is_carried_and_told(bring, put, tmp_path):
    text = "q,nr\nIs sk-" + "a1B2" * 8 + " mine?,a\n"
    carried = bring("table", table(put, text), tmp_path / "out", columns=COLUMNS)
    assert any("golden/rows.yaml looks as if it held a key" in note for note in carried.notes)


def test_a_key_where_a_name_belongs_is_never_written(put, bring, tmp_path):
    config = put("c.yaml", f"model_list: [{{model_name: a, litellm_params: {{model: openai/sk-{'a1B2' * 8}}}}}]\n")
    with pytest.raises(BadInput, match="looks like a key"):
        bring("litellm", config, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_name_that_begins_with_a_digit_is_made_one_that_a_mission_can_have(bring, put, tmp_path):
    bring("table", put("2024.csv", "q,nr\nHow?,a\n"), tmp_path / "out", columns=COLUMNS)
    assert yaml.safe_load((tmp_path / "out/mission.yaml").read_text())["mission"] == "m-2024"


def test_the_report_lists_everything_once_and_cannot_be_broken_out_of(tmp_path):
    carried = Carried(format="promptfoo", source="x.yaml", name="x")
    carried.left.append(LeftBehind(file="x.yaml", key="a|b\n# c", why="w", instead="i", lines=[3, 4], count=2))
    report = files_of(carried, tmp_path / "out")["IMPORT.md"]
    assert "| x.yaml:3 and 1 more | a\\|b # c | w | i |" in report
