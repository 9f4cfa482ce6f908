"""Alerts: one line with every field an on-call person needs; severity needs evidence and effect."""

from __future__ import annotations

import pytest
from msgspec import structs

from gonogo.monitoring.alerts import action, details, drift_alert, odds, rate_alert
from gonogo.monitoring.drift import DriftReading
from gonogo.monitoring.readings import rate_reading
from gonogo.monitoring.reference import Live
from gonogo.monitoring.regressions import RateWatch

LIVE = Live(
    mission="support",
    environment="production",
    version=41,
    since=1_763_906_400.0,
    kind="deploy",
    author="ana",
    reason="",
    revision=9,
    before=40,
    last_good=40,
)
WATCH = RateWatch(
    name="refusals",
    words="refusals",
    state="risen",
    before=rate_reading("refusals", 9, 1_000),
    after=rate_reading("refusals", 19, 312),
    threshold=200.0,
    alpha=0.01,
    bound=0.03,
    evidence=38_000.0,
    expected=0.01,
    since=LIVE.since + 240.0,
    requests=312,
    topic="billing/refund",
    examples=("a" * 32,),
)
DRIFT = DriftReading(
    state="alarm",
    evidence=90_000.0,
    bound="at most one in 50,000",
    reference=300,
    of="support@40",
    released=True,
    answers=400,
    leading="length",
    side="low",
    since=LIVE.since + 7_200.0,
    before=rate_reading("length", 30, 300),
    after=rate_reading("length", 120, 300),
    examples=("b" * 32,),
)


def test_the_line_names_release_signal_before_after_topic_since_count_and_odds():
    alert = rate_alert(WATCH, LIVE, ["refusals"])
    assert alert.message == (
        'ALARM support@41: refusals 0.90 % -> 6.1 % [3.9, 9.3] in topic "billing/refund" since 2025-11-23 14:04 UTC '
        "(312 requests), evidence 1 in 38,000; started 4 min after support@41 went live"
    )


def test_details_give_bound_examples_and_action():
    bound, examples, do = details(rate_alert(WATCH, LIVE, ["refusals"]))
    assert "probability at most 1.0 %, however often somebody looks" in bound
    assert examples == f"Examples: {'a' * 32}"
    assert do == "Action: `gonogo rollback support`"


def test_a_rate_that_may_not_roll_back_only_informs():
    alert = rate_alert(WATCH, LIVE, ["errors"])
    assert alert.severity == "notice"
    assert alert.message.startswith("NOTICE support@41")


def test_a_calm_rate_is_no_alert():
    assert rate_alert(structs.replace(WATCH, state="calm"), LIVE, ["refusals"]) is None


def test_another_style_after_a_deployment_only_informs():
    assert drift_alert(DRIFT, LIVE).severity == "notice"


def test_the_same_change_without_a_deployment_pages():
    alert = drift_alert(structs.replace(DRIFT, released=False), LIVE)
    assert alert.severity == "page"
    assert "unusually short answers 10.0 % -> 40.0 %" in alert.message
    assert alert.message.endswith("no deployment lies between")


@pytest.mark.parametrize(("leading", "side"), [("refused", "high"), ("closeness", "low"), ("odd_words", "high")])
def test_what_harms_pages_after_a_deployment_too(leading, side):
    alert = drift_alert(structs.replace(DRIFT, leading=leading, side=side), LIVE)
    assert alert.severity == "page"
    assert alert.message.endswith("started 2.0 h after support@41 went live")


@pytest.mark.parametrize("state", ["calm", "watching", "explained", "too-little-data"])
def test_no_alarm_is_no_alert(state):
    assert drift_alert(structs.replace(DRIFT, state=state), LIVE) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"environment": "staging"}, "`gonogo rollback support -e staging`"),
        ({"last_good": 38}, "`gonogo rollback support --to 38`"),
        ({"last_good": None}, "nothing good was live before"),
        ({"kind": "rollback"}, "look first: support@41 is itself what was rolled back to"),
    ],
)
def test_the_action_is_a_command_that_helps(changes, said):
    assert action(structs.replace(LIVE, **changes)).startswith(said)


def test_odds_stop_where_nobody_reads_the_digits():
    assert (odds(38_000.0), odds(1e60)) == ("1 in 38,000", "1 in over 1,000,000,000")
