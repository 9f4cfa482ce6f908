"""The demo: what it claims is what it prints, on every run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BRACKENFIELD = ROOT / "examples" / "brackenfield"


@pytest.fixture(scope="module")
def told() -> str:
    script = [sys.executable, str(BRACKENFIELD / "demo.py")]
    done = subprocess.run(script, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def part(told: str, begin: str) -> str:
    """From one heading to the next."""
    return told.split(f"==== {begin}", 1)[1].split("\n====", 1)[0]


@pytest.mark.slow
def test_one_word_of_the_prompt_is_no_go_and_an_irrelevant_word_is_go(told):
    prompt = part(told, "(a)")
    newest, irrelevant = prompt.split("An irrelevant word")
    assert "\nNO-GO  pass_rate" in newest
    assert "broke (" in newest
    assert "was not deployed" in newest
    assert "\nGO  " in irrelevant


@pytest.mark.slow
def test_routed_stands_between_always_small_and_always_large(told):
    passed = {
        name: int(re.search(rf"^{name}\s+(\d+)/", told, re.MULTILINE).group(1))
        for name in ("always small", "always large", "routed")
    }
    assert passed["always small"] < passed["routed"] <= passed["always large"]


@pytest.mark.slow
def test_no_twin_is_answered_from_the_cache_and_every_repeat_is(told):
    cache = part(told, "(d)")
    assert re.search(r"ours: word rules\s+\d+/220\s+0/220", cache)
    assert "74 of 74 exact repeats" in cache


@pytest.mark.slow
def test_most_wrong_answers_are_caught_and_few_right_ones_accused(told):
    caught, missed, accused, right = map(
        int, re.search(r"(\d+) caught, (\d+) missed; right answers: (\d+) falsely accused of (\d+)", told).groups()
    )
    assert caught / (caught + missed) > 0.7
    assert accused / right < 0.15


@pytest.mark.slow
def test_the_bad_version_is_rolled_back_and_other_topics_page_nobody(told):
    monitored = part(told, "(f)")
    assert "alerts that page: 0" in monitored
    assert "ALARM brackenfield@" in monitored
    assert "rolled back to brackenfield@1" in monitored


@pytest.mark.slow
def test_the_live_server_answers_from_its_own_index_until_the_deployment(told):
    page = part(told, "(b)")
    assert "still answers from its own index" in page
    assert page.index("still answers") < page.index("moss green")


def test_no_code_of_the_product_knows_the_demo():
    sources = (ROOT / "src" / "gonogo").rglob("*.py")
    assert [path for path in sources if "brackenfield" in path.read_text(encoding="utf-8").lower()] == []


def test_the_demo_over_documentation_says_when_its_file_is_not_there(tmp_path):
    script = [sys.executable, str(ROOT / "examples" / "click_docs" / "demo.py"), str(tmp_path / "none.jsonl.gz")]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "is not here" in done.stdout
