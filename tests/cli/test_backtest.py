"""backtest, as a person at a shell meets it."""

from __future__ import annotations

import pytest
from msgspec import structs

import gonogo

QUESTIONS = (
    "How many days do I have to return a light?",
    "When do refunds reach my bank account?",
    "How long does express delivery take?",
    "How long does the battery of the Beam front light last?",
    "How many years of warranty does every light have?",
    "Who painted the Mona Lisa?",
)


@pytest.fixture
def served(live):
    """``support@1`` has answered 72 questions of 72 sessions."""
    with gonogo.open(live.home) as home:
        first = [
            home.ask("support:production", question, keep=True, environment="production") for question in QUESTIONS
        ]
        many = [
            structs.replace(
                first[place % 6], id=f"{place:032x}", created_at=first[0].created_at + place, session=f"s{place}",
                messages=(
                    {"role": "user", "content": f"I am customer {place}."}, {"role": "assistant", "content": "Hello."},
                    *first[place % 6].messages,
                ),
            )
            for place in range(66)
        ]  # fmt: skip
        home._wait(home._workspace.store.add_traces(many))
    return live


def test_what_users_asked_is_asked_again_and_is_no_traffic(served):
    before = served.fine("cost", "support", "--json").out
    said = served.fine("backtest", "support@1", "--from-traces")
    assert said.out.startswith("GO  answered +0.0 pts")
    assert "support@1 against what support@1 served" in said.out
    assert "this Verdict allows no deployment" in said.out
    assert "72 questions from 72 Traces" in said.err
    assert "to ask: 72 of support@1: about" in said.err
    assert served.fine("cost", "support", "--json").out == before
    assert len(served.fine("traces", "support", "--limit", "1000", "--json").json) == 72
    served.fine("backtest", "support@1", "--report", "b.md", "--report", "b.html", "--report", "junit=b.xml")
    text = (served.folder / "b.md").read_text()
    assert "GO: support@1 against what support@1 served" in text
    assert "| answered | 72 |" in text
    assert "72 of 72 Traces asked again" in text
    assert "what support@1 served" in (served.folder / "b.html").read_text()
    assert (served.folder / "b.xml").read_text().startswith("<?xml")
    found = served.fine("backtest", "support@1", "--json").json
    assert (found["outcome"], found["backtest"]["served"]) == ("GO", {"support@1": 72})


@pytest.mark.slow
def test_a_candidate_that_declines_is_no_go_with_the_questions_and_is_stored(served):
    served.edit("support/mission.yaml", "knowledge/**/*", "knowledge/lights.md")
    said = served("backtest", "support")
    assert said.code == 1
    assert said.out.startswith("NO-GO  answered -")
    assert "live said   You can return a light within 30 days" in said.out
    assert "asked       How many days do I have to return a light?" in said.out
    shown = served("verdict", "support@2", "--backtest", "--json")
    assert (shown.code, shown.json["verdict"]["backtest"]["replayed"]) == (1, 72)
    assert served("verdict", "support@2").err.count("has no Verdict yet") == 1
    assert "none" in served.fine("log", "support").out


@pytest.mark.slow
def test_a_backtest_is_no_licence_to_deploy(served):
    served.edit("support/prompts/system.md", "Answer only from", "Please answer only from")
    assert served("backtest", "support").code == 0
    refused = served("deploy", "support@2")
    assert refused.code == 4
    assert "it has no Verdict; run `gonogo evaluate support@2`" in refused.err
    served.fine("evaluate", "support@2")
    served.fine("backtest", "support@2", "--seed", "2")
    served.fine("deploy", "support@2")


@pytest.mark.slow
def test_whoever_deploys_what_was_no_go_on_traffic_is_told(served):
    served.edit("support/mission.yaml", "knowledge/**/*", "knowledge/lights.md")
    assert served("backtest", "support").code == 1
    served("evaluate", "support")
    said = served.fine("deploy", "support@2", "--override", "to see")
    assert "On recorded questions it was NO-GO, which closes no gate" in said.out


def test_a_plan_says_what_it_would_show_a_cap_stops_it_and_nonsense_is_told(served):
    plan = served.fine("backtest", "support@1", "--plan", "--sample", "10", "--json").json
    assert (plan["replayed"], plan["not_drawn"], plan["asked"], plan["smallest_set"]) == (10, 62, 10, 52)
    said = served.fine("backtest", "support@1", "--plan", "--sample", "10").out
    assert "warning: at least 52 are needed to prove a margin of 5 points" in said
    assert "has no Verdict yet: run `gonogo backtest support@1`" in served("verdict", "support@1", "--backtest").err
    said = served("backtest", "support@1", "--max-tokens", "700")
    assert said.code == 4
    assert "Stopped by --max-tokens 700" in said.err
    for words, code, wanted in (
        (("--environment", "nowhere"), 65, "there is no Trace of support in nowhere like that"),
        (("--since", "2099-01-01"), 65, "there is no Trace of support in production like that"),
        (("--since", "1d", "--until", "2d"), 65, "since must be earlier than until"),
        (("--since", "yesterday"), 2, "'yesterday' is no moment"),
        (("--until", "9999999999w"), 2, "is no moment"),
        (("--model", "nope"), 65, "there is no Trace of support"),
        (("--version", "7"), 65, "there is no Trace of support"),
        (("--sample", "0"), 2, "0 is not in the range"),
        (("--cluster", "family"), 2, "'family' is not one of"),
        (("--report", "nowhere/x.md"), 65, "nowhere"),
    ):
        found = served("backtest", "support@1", *words)
        assert (found.code, wanted in found.err) == (code, True), found
    assert "there is no Mission 'nope'" in served("backtest", "nope").err
    assert served("backtest", "./nowhere").code == 65
