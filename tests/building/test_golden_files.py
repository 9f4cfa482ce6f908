"""Golden tasks from YAML and JSONL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gonogo.building import Toolbox
from gonogo.building.findings import Findings
from gonogo.building.folder_files import FolderFiles
from gonogo.building.golden_files import read_golden
from gonogo.building.yaml_nodes import YamlNode
from gonogo.domain import Assertion, FollowUp, GoldenTask, ToolResult

Read = Callable[..., tuple[GoldenTask, ...]]
SCHEMA = Assertion(kind="json-schema", value={"type": "object"}, weight=0.5)
NOWHERE = YamlNode(value=None, file="mission.yaml", line=1)


@pytest.fixture
def read(tmp_path: Path, toolbox: Toolbox, findings: Findings) -> Read:
    def reading(text: str, name: str = "g.yaml", pattern: str = "g.*") -> tuple[GoldenTask, ...]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return read_golden((pattern,), NOWHERE, FolderFiles(tmp_path), toolbox.assertions, findings)

    return reading


def told(findings: Findings) -> list[str]:
    return [str(problem) for problem in findings.sorted_problems()]


def test_a_task_keeps_its_place_for_error_messages(read: Read) -> None:
    tasks = read("# tasks\n- id: a\n  question: Q\n  expect: [{contains: x}]\n- id: b\n  question: R\n  expect: []\n")
    assert [(task.id, task.source) for task in tasks] == [("a", "g.yaml:2"), ("b", "g.yaml:5")]


@pytest.mark.parametrize(
    ("written", "assertion"),
    [
        ("{contains: x}", Assertion(kind="contains", value="x")),
        ("{not-contains: x}", Assertion(kind="contains", value="x", negate=True)),
        ("{contains: 30}", Assertion(kind="contains", value=30)),
        ("{contains: 1.50}", Assertion(kind="contains", value="1.50")),
        ("{contains-any: [1.50, 2]}", Assertion(kind="contains-any", value=["1.50", 2])),
        ("{cost: 0.0040}", Assertion(kind="cost", value=0.004)),
        ("{contains-any: [a, b]}", Assertion(kind="contains-any", value=["a", "b"])),
        ("{similar: {value: x, min: 0.7}}", Assertion(kind="similar", value="x", options={"min": 0.7})),
        ("{contains: {value: x, weight: 2}}", Assertion(kind="contains", value="x", weight=2.0)),
        ("{json-schema: {value: {type: object}, weight: 0.5}}", SCHEMA),
        ("{is-refusal: {weight: 3}}", Assertion(kind="is-refusal", weight=3.0)),
        ("is-refusal", Assertion(kind="is-refusal")),
        ("not-is-refusal", Assertion(kind="is-refusal", negate=True)),
        ("{json-schema: {type: object}}", Assertion(kind="json-schema", value={"type": "object"})),
    ],
)
def test_assertions_can_be_written(written: str, assertion: Assertion, read: Read, findings: Findings) -> None:
    tasks = read(f"- {{id: a, question: Q, expect: [{written}]}}")
    assert told(findings) == []
    assert tasks[0].expect == (assertion,)


def test_expect_may_be_a_mapping_of_different_kinds(read: Read) -> None:
    tasks = read("- {id: a, question: Q, expect: {contains: x, not-contains: y}}")
    assert [assertion.name for assertion in tasks[0].expect] == ["contains", "not-contains"]


def test_a_task_keeps_its_threshold(read: Read, findings: Findings) -> None:
    tasks = read("- {id: a, question: Q, threshold: 0.5, expect: [{contains: x}]}")
    assert (tasks[0].threshold, told(findings)) == (0.5, [])
    read("- {id: b, question: Q, threshold: 5, expect: [{contains: x}]}", "h.yaml", "h.*")
    assert "threshold: must be a number at least 0 at most 1" in told(findings)[0]


def test_a_task_whose_assertions_all_weigh_nothing_is_refused(read: Read, findings: Findings) -> None:
    read("- id: a\n  question: Q\n  expect:\n    - contains: {value: x, weight: 0}\n")
    assert told(findings) == ["g.yaml:1: expect: every assertion has weight 0, so nothing decides (give one a weight)"]


CONVERSATION = """
- id: a
  question: Q
  expect: [{contains: x}]
  follow_ups:
    - {question: R, expect: [{contains: y}], threshold: 0.5}
  tool_results:
    - {name: lookup, arguments: {order: 7}, result: {status: late}}
    - {name: lookup, result: gone, fails: true}
  max_steps: 3
"""


def test_follow_ups_and_results_of_tools_are_read(read: Read, findings: Findings) -> None:
    (task,) = read(CONVERSATION)
    assert told(findings) == []
    assert task.follow_ups == (FollowUp(question="R", expect=(Assertion(kind="contains", value="y"),), threshold=0.5),)
    assert task.tool_results == (
        ToolResult(name="lookup", arguments={"order": 7}, result={"status": "late"}),
        ToolResult(name="lookup", result="gone", fails=True),
    )
    assert task.max_steps == 3


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        (("contains: y", "contians: y"), "g.yaml:6: expect.contians: unknown assertion 'contians'"),
        (("question: R", "questoin: R"), "follow_ups[0].questoin: unknown key (did you mean 'question'?)"),
        (("arguments:", "argument:"), "tool_results[0].argument: unknown key (did you mean 'arguments'?)"),
        (("result: gone, ", ""), "tool_results[1]: 'result' is missing"),
        (("max_steps: 3", "max_steps: 0"), "g.yaml:10: max_steps: must be a whole number"),
    ],
)
def test_a_conversation_that_is_not_well_written_is_refused(
    instead: tuple[str, str], said: str, read: Read, findings: Findings
) -> None:
    read(CONVERSATION.replace(*instead))
    assert any(said in problem for problem in told(findings)), told(findings)


def test_two_assertions_in_one_item_are_refused(read: Read, findings: Findings) -> None:
    read("- {id: a, question: Q, expect: [{contains: x, not-contains: y}]}")
    assert "must be an assertion, not a mapping" in told(findings)[0]


def test_an_unknown_assertion_is_refused_at_its_line(read: Read, findings: Findings) -> None:
    read("- id: a\n  question: Q\n  expect:\n    - contains: x\n    - contians: y\n")
    assert told(findings) == ["g.yaml:5: expect.contians: unknown assertion 'contians'"]


def test_unknown_keys_are_refused(read: Read, findings: Findings) -> None:
    read("- {id: a, question: Q, expects: []}")
    assert told(findings) == ["g.yaml:1: expects: unknown key (did you mean 'expect'?)"]


def test_a_task_may_name_its_tenant(read: Read, findings: Findings) -> None:
    one, two = read("- {id: a, question: Q, tenant: acme, draft: true}\n- {id: b, question: Q, draft: true}\n")
    assert (one.tenant, two.tenant) == ("acme", "default")
    assert told(findings) == []


def test_a_misspelt_tenant_is_refused_at_its_line(read: Read, findings: Findings) -> None:
    read("- id: a\n  question: Q\n  tennant: acme\n")
    assert told(findings) == ["g.yaml:3: tennant: unknown key (did you mean 'tenant'?)"]


def test_an_id_used_twice_names_both_places(read: Read, findings: Findings, tmp_path: Path) -> None:
    (tmp_path / "g.a.yaml").write_text("- {id: a, question: Q, expect: [is-refusal]}")
    read("\n- {id: a, question: R, expect: [is-refusal]}")
    assert told(findings) == ["g.yaml:2: id: the id 'a' is used twice; first in g.a.yaml:1 (give each task its own id)"]


def test_a_missing_id_is_refused_and_the_others_are_still_read(read: Read, findings: Findings) -> None:
    tasks = read("- {question: Q}\n- {id: b, question: R, expect: [is-refusal]}")
    assert "'id' is missing" in told(findings)[0]
    assert [task.id for task in tasks] == ["b"]


def test_a_file_that_is_no_list_is_refused(read: Read, findings: Findings) -> None:
    read("a: 1")
    assert "must be a list of golden tasks, not a mapping" in told(findings)[0]


def test_an_empty_file_holds_no_tasks(read: Read, findings: Findings) -> None:
    assert read("# nothing yet\n") == ()
    assert told(findings) == []


def test_json_lines_are_read_with_their_line_numbers(read: Read, findings: Findings) -> None:
    text = (
        '{"id": "a", "question": "Q", "expect": [{"contains": "x"}]}\n\n{"id": "b", "question": "R", "draft": true}\n'
    )
    tasks = read(text, "g.jsonl")
    assert [(task.id, task.source, task.draft) for task in tasks] == [
        ("a", "g.jsonl:1", False),
        ("b", "g.jsonl:3", True),
    ]
    assert told(findings) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{'id': 1}", "is not JSON"),
        ('{"id": "a", "id": "b"}', "the key 'id' is written twice"),
        ('{"id": "a", "question": NaN}', "NaN is not JSON"),
        ('{"id": "a", "question": "\\ud800"}', "half of a surrogate pair"),
        ("[" * 100_000, "is nested too deep"),
        ("[" * 60 + "]" * 60, "nested more than 40 levels"),
    ],
)
def test_a_line_that_is_not_json_is_refused_alone(line: str, message: str, read: Read, findings: Findings) -> None:
    tasks = read(f'{line}\n{{"id": "b", "question": "R", "expect": ["is-refusal"]}}\n', "g.jsonl")
    assert message in told(findings)[0]
    assert told(findings)[0].startswith("g.jsonl:1:")
    assert [task.id for task in tasks] == ["b"]


def test_numbers_that_no_store_can_carry_stay_text(read: Read) -> None:
    tasks = read(
        '{"id": "a", "question": "Q", "expect": [{"contains-any": [1e999, 99999999999999999999, 3]}]}', "g.jsonl"
    )
    assert tasks[0].expect[0].value == ["1e999", "99999999999999999999", 3]


def test_yaml_and_json_lines_give_equal_tasks(read: Read) -> None:
    yaml = read("- {id: a, question: Q, expect: [{contains: 3}], tags: [x]}")
    lines = read('{"id": "a", "question": "Q", "expect": [{"contains": 3}], "tags": ["x"]}', "h.jsonl", "h.*")
    assert [(task.id, task.expect, task.tags) for task in yaml] == [(task.id, task.expect, task.tags) for task in lines]


def test_earlier_turns_pass_through(read: Read) -> None:
    tasks = read("- {id: a, question: Q, expect: [is-refusal], turns: [{role: user, content: Hi, name: n}]}")
    assert tasks[0].turns == ({"role": "user", "content": "Hi", "name": "n"},)


def test_a_turn_without_a_role_is_refused(read: Read, findings: Findings) -> None:
    read("- {id: a, question: Q, expect: [is-refusal], turns: [{content: Hi}]}")
    assert "turns[0]: must be a message with a role" in told(findings)[0]


def test_a_task_that_expects_nothing_is_a_warning_unless_a_draft(read: Read, findings: Findings) -> None:
    read("- {id: a, question: Q}\n- {id: b, question: Q, draft: true}")
    assert [warning.line for warning in findings.warnings] == [1]


def test_a_pattern_that_matches_nothing_is_refused(read: Read, findings: Findings) -> None:
    read("[]", pattern="none/*.yaml")
    assert "none/*.yaml matches no file" in told(findings)[0]


def test_metadata_of_a_task_is_kept_as_a_client_would_send_it(read: Read, findings: Findings) -> None:
    tasks = read("- {id: a, question: Q, expect: [is-refusal], metadata: {tenure: 3, since: 2026-01-02, vip: true}}\n")
    assert tasks[0].metadata == {"tenure": 3, "since": "2026-01-02", "vip": True}
    read("- {id: b, question: Q, expect: [is-refusal], metadata: gold}\n", "h.yaml", "h.*")
    assert any("metadata: must be a mapping" in problem for problem in told(findings))


def test_a_task_may_name_the_cluster_it_stands_in(read: Read, findings: Findings) -> None:
    one = "- {id: a, question: Q, expect: [{contains: x}], cluster: refunds.md}\n"
    tasks = read(f"{one}- {{id: b, question: R, draft: true}}\n")
    assert [task.cluster for task in tasks] == ["refunds.md", ""]
    read("- {id: a, question: Q, expect: [{contains: x}], cluster: [1]}\n", name="h.yaml", pattern="h.yaml")
    assert "cluster: must be one line of text" in told(findings)[0]
