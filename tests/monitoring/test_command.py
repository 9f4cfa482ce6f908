"""The command monitor: one screen, JSON, exit codes."""

from __future__ import annotations

import json

import click
import pytest

from gonogo.cli.app import main
from gonogo.cli.monitor import print_report
from gonogo.metrics.refusal import is_refusal
from gonogo.monitoring import report

GOOD = [0.9] * 49 + [0.2]


@pytest.fixture
def command(capsys):
    """Runs the command; gives its exit code and what it printed."""

    def run(home, *words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main(["--home", str(home), "monitor", "support", *words])
        return stopped.value.code, capsys.readouterr().out

    return run


@pytest.fixture
def regressed(prepare, desk):
    """A home whose live Version is worse than the one before."""

    async def work(place):
        first = await place.build(roll_back_on=("hallucination",))
        await place.move(first)
        await place.serve(desk.judged(desk.traces(250), "faithfulness", GOOD))
        second = await place.build(roll_back_on=("hallucination",))
        await place.move(second)
        await place.serve(desk.judged(desk.traces(100, version=second), "faithfulness", [0.2, 0.9]))

    return prepare(work)


async def show(place, reader, capsys):
    print_report(await report(place.store, "support", "production", reader=reader, is_refusal=is_refusal, clock=place))
    return click.unstyle(capsys.readouterr().out)


async def test_a_calm_screen_shows_release_rates_and_costs(place, desk, reader, capsys):
    await place.move(await place.build())
    await place.serve(desk.judged(desk.traces(50), "faithfulness", GOOD))
    out = await show(place, reader, capsys)
    assert "support:production  serves support@1" in out
    assert "CALM  drift: too little data, needs 150 more Traces" in out
    assert "2.0 % [0.4, 10.5], 50 judged" in out
    assert "toxicity" in out
    assert "nothing judged" in out
    assert "unknown, 50 unknown" in out


async def test_an_alarm_stands_above_the_rates_with_its_action(place, desk, reader, capsys):
    first = await place.build(roll_back_on=("hallucination",))
    await place.move(first)
    await place.serve(desk.judged(desk.traces(250), "faithfulness", GOOD))
    second = await place.build(roll_back_on=("hallucination",))
    await place.move(second)
    await place.serve(desk.judged(desk.traces(100, version=second), "faithfulness", [0.2, 0.9]))
    out = await show(place, reader, capsys)
    assert out.index("ALARM support@2: hallucinations 2.0 % -> 50.0 %") < out.index("Action: `gonogo rollback support`")
    assert out.index("Action:") < out.index("RATE")
    assert "@1 before" in out


async def test_stored_text_cannot_steer_the_terminal(place, desk, reader, capsys):
    await place.move(await place.build())
    await place.serve(desk.traces(2))
    assert "\x1b[2J" not in await show(place, reader, capsys)


async def test_before_any_deployment_the_screen_says_what_to_do(place, reader, capsys):
    assert await show(place, reader, capsys) == (
        "Nothing of support is live in production: `gonogo deploy FOLDER` makes a Version live.\n"
    )


def test_a_standing_alarm_ends_with_code_1(command, regressed):
    code, out = command(regressed)
    assert code == 1
    assert "ALARM support@2: hallucinations" in out


def test_rolling_back_is_done_when_asked_for(command, regressed):
    code, out = command(regressed, "--roll-back")
    assert code == 1
    assert "Action: rolled back to support@1" in " ".join(out.split())
    code, out = command(regressed)
    assert code == 0
    assert "serves support@1" in out


def test_json_holds_the_whole_report(command, regressed):
    _, out = command(regressed, "--json")
    found = json.loads(out)
    assert (found["state"], found["live"]["last_good"], found["now"]["requests"]) == ("alarm", 1, 100)
    assert found["alerts"][0]["severity"] == "page"


def test_the_window_is_taken(command, regressed):
    _, out = command(regressed, "--json", "--window", "10")
    assert json.loads(out)["now"]["requests"] == 10


def test_a_calm_home_ends_with_code_0(command, prepare, desk):
    async def work(place):
        await place.move(await place.build())
        await place.serve(desk.traces(5))

    code, out = command(prepare(work))
    assert code == 0
    assert "CALM" in out


def test_another_environment_is_looked_at_by_name(command, prepare):
    async def work(place):
        await place.build()

    code, out = command(prepare(work), "-e", "staging")
    assert code == 0
    assert "Nothing of support is live in staging" in out
