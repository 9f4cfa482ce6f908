"""A configuration of promptfoo becomes a Mission; what cannot be carried is named with its line."""

from __future__ import annotations

import pytest
import yaml

from gonogo.errors import BadInput

CONFIG = """
description: Shop helper
providers:
  - openai:gpt-4o-mini
  - {id: "anthropic:messages:claude-3-5-haiku-20241022", label: claude, config: {temperature: 0.2, tools: []}}
prompts:
  - "You answer for {{ shop }}. Question: {{question}}"
defaultTest:
  vars: {shop: Northwind}
  assert: [{type: latency, threshold: 4000}]
tests:
  - description: Returns
    vars: {question: How long can I return?}
    metadata: {area: returns}
    assert:
      - {type: contains, value: 30 days}
      - {type: not-icontains, value: "sorry", weight: 2}
  - vars: {question: [Hi, Hello]}
    assert: [{type: equals, value: "Hello from {{shop}}"}]
"""


def expects(carried, place=0):
    return carried.tasks[place]["expect"]


def one(bring, put, written: str, **more):
    """What one assertion becomes."""
    config = {
        "providers": ["openai:gpt-4o-mini"],
        "prompts": ["{{question}}"],
        "tests": [{"vars": {"question": "Q?"}, "assert": [yaml.safe_load(written)]}],
        **more,
    }
    return bring("promptfoo", put("promptfooconfig.yaml", yaml.safe_dump(config)))


def reasons(carried):
    return {left.key: left.why for left in carried.left}


def test_prompt_models_and_tests_are_carried(bring, put):
    carried = bring("promptfoo", put("promptfooconfig.yaml", CONFIG))
    assert carried.mission["models"]["claude"] == {
        "provider": "anthropic",
        "model": "claude-3-5-haiku-20241022",
        "params": {"temperature": 0.2},
    }
    assert carried.files["prompts/user.md"] == "You answer for {{ shop }}. Question: {{ question }}\n"
    assert carried.mission["prompt"]["variables"] == {"shop": "Northwind"}
    assert carried.mission["routing"] == {"simple": "gpt-4o-mini", "complex": "gpt-4o-mini"}
    assert [task["id"] for task in carried.tasks] == ["returns", "hi", "hello"]
    assert carried.tasks[0]["tags"] == ["area=returns"]
    assert expects(carried) == [
        {"latency": "4000ms"},
        {"contains": {"value": "30 days", "case": True}},
        {"not-icontains": {"value": "sorry", "weight": 2.0}},
    ]
    assert {"equals": "Hello from Northwind"} in expects(carried, 1)
    assert [(left.key, left.lines) for left in carried.left] == [("config.tools", [5])]


@pytest.mark.parametrize(
    ("written", "ours"),
    [
        ("{type: icontains-any, value: [a, b]}", {"icontains-any": ["a", "b"]}),
        ("{type: contains-all, value: 'a, b'}", {"contains-all": {"value": ["a", "b"], "case": True}}),
        ("{type: levenshtein, value: abc, threshold: 2}", {"levenshtein": {"to": "abc", "max": 2}}),
        ("{type: rouge-n, value: a b c}", {"rouge-n": {"to": "a b c", "min": 0.75}}),
        ("{type: not-is-refusal}", {"not-refuses": True}),
        ("{type: is-json, value: {type: object}}", {"is-json": {"schema": {"type": "object"}}}),
        ("{type: word-count, value: {max: 9}}", {"word-count": {"max": 9}}),
        ("{type: cost, threshold: 0.002}", {"cost": 0.002}),
        ("{type: 'trajectory:tool-used', value: lookup}", {"trajectory:tool-used": "lookup"}),
        ("{type: starts-with, value: 5}", {"starts-with": {"value": "5", "case": True}}),
        ("{type: llm-rubric, value: Kind., threshold: 0.8}", {"llm-rubric": {"value": "Kind.", "threshold": 0.8}}),
    ],
)
def test_an_assertion_becomes_ours(bring, put, written, ours):
    carried = one(bring, put, written)
    assert expects(carried) == [ours]
    assert not carried.left


@pytest.mark.parametrize(
    ("written", "key", "said"),
    [
        ("{type: javascript, value: output.length < 3}", "assert.javascript", "has no counterpart"),
        ("{type: made-up}", "assert.made-up", "has no counterpart"),
        ("{type: regex, value: '('}", "assert.regex", "regex"),
        ("{type: latency}", "assert.latency", "latency"),
        ("{type: llm-rubric}", "assert.llm-rubric", "says no rubric"),
        ("{type: context-recall}", "assert.context-recall", "needs a reference"),
        ("{type: context-faithfulness}", "assert.context-faithfulness", "retrieves nothing yet"),
        ("{type: contains, value: x, transform: output.trim()}", "assert.contains.transform", "is not run"),
        ("{type: python, value: 'def (:'}", "assert.python", "is no Python"),
        ('{type: python, value: \'context["vars"]["x"] in output\'}', "assert.python", "not told here"),
        ("{type: contains, value: x, weight: 0}", "assert", "weight 0"),
    ],
)
def test_an_assertion_that_cannot_be_carried_is_named_and_its_task_is_a_draft(bring, put, written, key, said):
    carried = one(bring, put, written)
    assert said in reasons(carried)[key]
    assert carried.tasks[0]["draft"] is True
    assert "expect" not in carried.tasks[0]


SET = """
type: assert-set
threshold: 0.5
weight: 2
assert: [{type: contains, value: a}, {type: LAST, value: b}]
"""


def sets(bring, put, last, *others):
    written = [yaml.safe_load(SET.replace("LAST", last)), *others]
    config = {"prompts": ["{{question}}"], "tests": [{"vars": {"question": "Q?"}, "assert": written}]}
    return bring("promptfoo", put("promptfooconfig.yaml", yaml.safe_dump(config)))


def test_a_set_stays_one_assertion_with_its_threshold_and_weight(bring, put):
    carried = sets(bring, put, "regex", {"type": "contains", "value": "c"})
    inside = [{"contains": {"value": "a", "case": True}}, {"regex": "b"}]
    assert expects(carried)[0] == {"assert-set": {"of": inside, "min": 0.5, "weight": 2.0}}
    assert not carried.left


def test_a_set_that_is_alone_is_the_threshold_of_its_task(bring, put):
    carried = sets(bring, put, "regex")
    assert carried.tasks[0]["threshold"] == 0.5
    assert len(expects(carried)) == 2


def test_a_set_that_asks_a_judge_is_taken_apart_and_told(bring, put):
    carried = sets(bring, put, "llm-rubric", {"type": "contains", "value": "c"})
    assert [next(iter(one)) for one in expects(carried)] == ["contains", "llm-rubric", "contains"]
    assert "llm-rubric cannot stand in a set" in reasons(carried)["assert-set.threshold"]


def test_python_is_copied_and_never_run(bring, put):
    carried = one(bring, put, '{type: python, value: \'open("/tmp/never", "w") or len(output) > 3\'}')
    (name,) = [name for name in carried.files if name.startswith("checks/")]
    assert expects(carried) == [{"python": name}]
    assert carried.files[name].startswith("def get_assert(output, context):\n    return open(")


def test_python_with_a_key_in_it_is_left_behind(bring, put):
    key = "sk-" + "a1B2" * 8
    carried = one(bring, put, f"{{type: python, value: 'call(\"{key}\", output)'}}")
    assert "key" in reasons(carried)["assert.python"]
    assert key not in str(carried)


def test_a_judge_asks_the_grader_that_the_file_names(bring, put):
    carried = one(
        bring, put, "{type: factuality, value: Thirty days.}", defaultTest={"options": {"provider": "openai:gpt-4o"}}
    )
    assert carried.mission["judges"] == {
        "factual-correctness": {"kind": "factual-correctness", "provider": "openai", "model": "gpt-4o"}
    }
    assert carried.tasks[0]["reference"] == "Thirty days."
    assert expects(carried) == ["factual-correctness"]


def test_transforms_are_named_wherever_they_stand(bring, put):
    text = CONFIG.replace("defaultTest:", "defaultTest:\n  options: {transform: output.trim(), transformVars: x}")
    text = text.replace("label: claude,", "label: claude, transform: output.x,")
    keys = {left.key for left in bring("promptfoo", put("promptfooconfig.yaml", text)).left}
    assert {"options.transform", "options.transformVars", "providers.transform"} <= keys


def test_tests_of_a_table_mean_what_their_columns_say(bring, put):
    put(
        "tests.csv",
        "question,__expected,__expected2,__description,__threshold,__metadata:area\n"
        'What is 2+2?,4,"similar(0.8): four",sum,0.5,maths\n'
        "Who?,contains: Bob,,,,\n",
    )
    config = put("promptfooconfig.yaml", "prompts: ['{{question}}']\ntests: file://tests.csv\n")
    first, second = bring("promptfoo", config).tasks
    assert first["expect"] == [{"equals": "4"}, {"similar": {"to": "four", "min": 0.8}}]
    assert (first["id"], first["threshold"], first["tags"]) == ("sum", 0.5, ["area=maths"])
    assert second["expect"] == [{"contains": {"value": "Bob", "case": True}}]


def test_questions_that_several_variables_make_are_filled_in_whole(bring, put):
    config = put(
        "promptfooconfig.yaml",
        "prompts: ['Translate {{text}} to {{language}}']\n"
        "tests:\n"
        "- vars: {text: yes, language: German}\n"
        "- vars: {text: no, language: French}\n",
    )
    carried = bring("promptfoo", config)
    assert [task["question"] for task in carried.tasks] == ["Translate yes to German", "Translate no to French"]
    assert "prompts/user.md" not in carried.files


def test_a_variable_may_name_another(bring, put):
    config = put("c.yaml", "prompts: ['{{q}}']\ntests: [{vars: {q: 'Is {{x}} open?', x: the shop}}]\n")
    assert bring("promptfoo", config).tasks[0]["question"] == "Is the shop open?"


def test_what_has_no_value_and_what_answers_no_chat_is_named(bring, put):
    config = put(
        "c.yaml",
        "prompts: ['{{env.SHOP}}: {{q}}']\nproviders: ['openai:embedding:x']\n"
        "defaultTest: {providers: [x]}\ntests: [{vars: {q: Hi}}, {vars: {q: Ho}}, {vars: {q: []}}]\n",
    )
    found = reasons(bring("promptfoo", config))
    assert found["prompt.{{env.SHOP}}"] == "has no value in the source; it is empty"
    assert found["providers.openai:embedding:x"] == "answers no chat"
    assert "empty list" in found["vars.q"]
    assert "defaultTest.providers" in found


def test_prompts_may_be_a_mapping_from_files_to_labels(bring, put):
    put("one.txt", "One {{q}}")
    config = put("c.yaml", "prompts: {one.txt: first}\ntests: [{vars: {q: Hi}}]\n")
    assert bring("promptfoo", config).files["prompts/user.md"] == "One {{ question }}\n"


def test_messages_of_a_prompt_become_system_and_user(bring, put):
    put("chat.json", '[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Q: {{question}}"}]')
    config = put("promptfooconfig.yaml", "prompts: [file://chat.json]\ntests: [{vars: {question: Hi}}]\n")
    carried = bring("promptfoo", config)
    assert carried.files["prompts/system.md"] == "Be brief.\n"
    assert carried.files["prompts/user.md"] == "Q: {{ question }}\n"


def test_a_second_prompt_stands_beside_the_first(bring, put):
    config = put(
        "promptfooconfig.yaml", "prompts: ['A {{question}}', 'B {{question}}']\ntests: [{vars: {question: Hi}}]\n"
    )
    carried = bring("promptfoo", config)
    assert carried.files["prompts/other-2/user.md"] == "B {{ question }}\n"
    assert "one prompt" in reasons(carried)["prompts"]


def test_no_key_of_a_provider_is_carried_or_shown(bring, put):
    secret = "sk-" + "live" * 8
    config = put(
        "promptfooconfig.yaml",
        "providers:\n"
        f"- {{id: 'openai:gpt-4o', config: {{apiKey: {secret}, apiBaseUrl: 'https://me:{secret}@host.example/v1?k=1'}}}}\n"
        f"- 'https://me:pw@host.example/x?key={secret}'\n"
        f"env: {{OPENAI_API_KEY: {secret}}}\n"
        "prompts: ['{{question}}']\n",
    )
    carried = bring("promptfoo", config)
    assert secret not in str(carried)
    assert "me:pw" not in str(carried)
    assert carried.providers == {"openai-own": {"base_url": "https://host.example/v1"}}
    assert {"config.apiKey", "address", "env"} <= {left.key for left in carried.left}


def test_the_variable_of_a_key_is_carried(bring, put):
    config = put(
        "promptfooconfig.yaml",
        "providers:\n- {id: 'openai:gpt-4o', config: {apiKey: '{{ env.TEAM_KEY }}'}}\nprompts: ['{{question}}']\n",
    )
    carried = bring("promptfoo", config)
    assert carried.providers["openai-own"]["api_key_env"] == "TEAM_KEY"
    assert not carried.left


@pytest.mark.parametrize("tests", ["file://make.py:cases", "file://make.js", "huggingface://datasets/x"])
def test_tests_that_code_makes_are_named(bring, put, tests):
    config = put("promptfooconfig.yaml", f"prompts: ['{{{{question}}}}']\ntests: {tests}\n")
    assert "not run here" in reasons(bring("promptfoo", config))["tests"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("- a\n- b\n", "is no configuration of promptfoo"),
        ("prompts: [file://../secret.txt]\n", "outside the folder"),
        ("prompts: [file://none.txt]\n", "does not exist"),
        ("a: b: c\n", "is not YAML"),
    ],
)
def test_a_configuration_that_cannot_be_read_says_why(bring, put, text, said):
    with pytest.raises(BadInput, match=said):
        bring("promptfoo", put("promptfooconfig.yaml", text))


def test_too_many_combinations_of_variables_are_named(bring, put):
    values = list(range(40))
    config = {"prompts": ["{{a}} {{b}}"], "tests": [{"vars": {"a": values, "b": values}}]}
    carried = bring("promptfoo", put("promptfooconfig.yaml", yaml.safe_dump(config)))
    assert "1,600 tests" in reasons(carried)["vars"]
