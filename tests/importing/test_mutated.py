"""Samples with pieces exchanged: each is refused as bad input, or what comes out can be built and holds no key."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.importing import test_langfuse, test_langsmith, test_litellm, test_openai_evals, test_promptfoo

import gonogo
from gonogo.building.yaml_nodes import read_yaml
from gonogo.errors import BadInput, GonogoError
from gonogo.features import Reader, StaticEmbedder
from gonogo.importing import Columns, ImportOptions, files_of, read_import, write_files
from gonogo.metrics import BuiltInAssertions

KEY = "sk-" + "a1B2" * 8
TEXTS = (
    "", " ", "{{x}}", "{{ item.x }}", "{% if %}", "${A}", "\x00", "\u0085", "\u2028", "a" * 300, "null", "1e999", "-",
    "0", "🙂", "file://x", "file://../x", "*", "a\nb", " a ", "\t", "| |", "#", "---", KEY, "{{", "question", "context",
    "\ud7ff",
)  # fmt: skip
OTHERS: tuple[Any, ...] = (None, True, 0, -1, 1.5, 2**70, [], {}, [[]], {"a": {"b": {}}}, [None], ["a", 1], {"": ""})
TYPES = (
    "contains", "is-json", "python", "llm-rubric", "factuality", "context-recall", "latency", "cost", "rouge-n",
    "meteor", "is-sql", "levenshtein", "trajectory:tool-used", "tool-call-f1", "is-xml", "word-count", "assert-set",
    "regex", "trajectory:step-count", "trajectory:tool-args-match", "trajectory:tool-sequence", "finish-reason",
)  # fmt: skip


def tree(text: str) -> Any:
    return read_yaml(text.encode(), "sample.yaml").plain()


def samples() -> dict[str, list[tuple[Any, str]]]:
    evals = test_openai_evals
    said = [{"role": "user", "content": "{{item.ticket}} {{sample.output_text}}"}]
    graders = (
        evals.CHECK,
        evals.grader(evaluation_metric="bleu"),
        evals.grader("score_model", model="m", range=[1, 5], pass_threshold=3, input=said),
        evals.grader("label_model", model="m", labels=["a"], passing_labels=["a"], input=said[:0]),
        {"type": "multi", "name": "m", "graders": {"a": evals.CHECK}, "calculate_output": "1 * a"},
    )
    run = evals.run(source={"type": "file_content", "content": evals.ROWS})
    every = [{"type": type, "value": "x", "threshold": 0.5, "weight": 1} for type in TYPES]
    chain = test_langsmith.lc("RunnableSequence", first=test_langsmith.CHAT, last=test_langsmith.MODEL)
    return {
        "promptfoo": [
            (tree(test_promptfoo.CONFIG), "c.yaml"),
            ({"prompts": ["{{q}}"], "tests": [{"vars": {"q": "a"}, "assert": every}]}, "c.yaml"),
        ],
        "openai-evals": [
            ({**evals.definition(*graders), "runs": [run]}, "e.json"),
            (tree(evals.SPEC.replace("CLASS", "m:Match")), "e.yaml"),
        ],
        "langfuse": [(test_langfuse.ROWS, "s.json"), (test_langfuse.PROMPT, "s.json")],
        "langsmith": [(test_langsmith.ROWS, "s.json"), ({"manifest": chain}, "s.json")],
        "litellm": [(tree(test_litellm.CONFIG), "c.yaml")],
        "table": [([{"q": "a", "a": "b", "nr": "1", "area": "x,y"}], "t.json")],
    }


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from paths(one, (*path, key))


def mutated(value: Any, chance: random.Random) -> Any:
    made = copy.deepcopy(value)
    for _ in range(chance.choice((1, 1, 2, 3))):
        every = list(paths(made))
        if not every:
            break
        *way, key = chance.choice(every)
        place = made
        for step in way:
            place = place[step]
        what = chance.random()
        if what < 0.8:
            place[key] = copy.deepcopy(chance.choice(TEXTS if what < 0.45 else OTHERS))
        elif isinstance(place, dict):
            moved = place.pop(key)
            if what > 0.9:
                place[chance.choice(TEXTS)] = moved
        else:
            place.append(copy.deepcopy(chance.choice(OTHERS)))
    return made


def held(format: str, seed: int, folder: Path, home: gonogo.Home) -> None:
    """Import one mutated sample; it must be refused, or be a Mission without problems and without the key."""
    chance = random.Random(seed)
    sample, name = chance.choice(samples()[format])
    made = mutated(sample, chance)
    text = json.dumps(made) if name.endswith(".json") else yaml.safe_dump(made, allow_unicode=True)
    source, out = folder / f"s{seed}", folder / f"o{seed}"
    (source / "sums").mkdir(parents=True)
    (source / "sums/samples.jsonl").write_text(test_openai_evals.lines(test_openai_evals.SAMPLES))
    (source / name).write_text(text, encoding="utf-8")
    columns = Columns(question="q", expected="a", id="nr", tags="area") if format == "table" else Columns()
    try:
        known = BuiltInAssertions(Reader(StaticEmbedder()))
        carried = read_import(format, source / name, known, ImportOptions(columns=columns))
        files = files_of(carried, out)
    except GonogoError:
        return
    write_files(files, out)
    report = home.validate(out)
    assert not report.problems, (text, report.problems)
    named = {key: value for key, value in (carried.mission or {}).items() if key in ("models", "judges")}
    assert KEY not in str((named, carried.providers, carried.left, carried.notes)), text


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    with gonogo.open(tmp_path_factory.mktemp("home")) as opened:
        yield opened


@pytest.mark.parametrize("format", samples())
def test_a_mutated_sample_is_refused_or_comes_out_whole(format, tmp_path, home):
    for seed in range(4):
        held(format, seed, tmp_path, home)


@pytest.mark.slow
@pytest.mark.parametrize("format", samples())
def test_many_mutated_samples_are_refused_or_come_out_whole(format, tmp_path, home):
    for seed in range(4, 300):
        held(format, seed, tmp_path, home)


@pytest.mark.parametrize("format", samples())
@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"[[[", b"\x00", b'{"a": NaN}', b"null", b"7", b"a\n"])
def test_nonsense_is_refused_with_the_name_of_its_file(format, raw, bring, put):
    name = samples()[format][0][1]
    path = put(name, "")
    path.write_bytes(raw)
    with pytest.raises(BadInput, match=name):
        bring(format, path, columns=Columns(question="q"))
