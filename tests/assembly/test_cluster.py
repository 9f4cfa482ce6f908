"""Golden tasks in this process, through a worker's code, and on a real Ray cluster of two workers: one contract."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs
from tests.assembly.upstream import Says, Upstream

from gonogo.assembly import Settings, Workspace
from gonogo.assembly.cluster import Cluster, RayPlace, WorkerDied, duty_of, setup_of
from gonogo.assembly.cluster_worker import Home, Worker
from gonogo.assembly.settings import ProviderSettings, SettingsFile
from gonogo.building import new_mission
from gonogo.contracts import Place, Took
from gonogo.domain import EvaluationRun, GoldenTask, TaskResult, Verdict, Version
from gonogo.errors import BadInput, ExtraMissing, Unreachable
from gonogo.evaluation import Cap, RunOptions
from gonogo.evaluation.here import here
from gonogo.evaluation.pace import UpstreamLimits

VARIABLE, SECRET = "GONOGO_TEST_FAR_KEY", "sk-only-for-this-test-7412"
NEEDS_RAY = (pytest.mark.slow, pytest.mark.needs_ray)


def yes(question: str) -> str:
    return "yes"


@dataclass
class Heard:
    """The contract ``Felt``, for what is told to it."""

    limited: bool = False
    answers: list[tuple[str, float, float]] = field(default_factory=list)
    limits: list[float | None] = field(default_factory=list)

    def answered(self, model: str, began: float, seconds: float) -> None:
        self.answers.append((model, began, seconds))

    def refused(self, began: float, message: str, retry_after: float | None) -> bool:
        self.limits.append(retry_after)
        return True


class Lab:
    """A home folder, and a Mission whose model is the upstream."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.folder, self.upstream = folder, upstream
        self.mission = folder / "bench"
        self._opened: list[Any] = []

    def write(
        self, tasks: int = 40, *, prompt: str = "Answer the question.", more: str = "", expect: str = "yes"
    ) -> Path:
        self.mission.mkdir(exist_ok=True)
        (self.mission / "mission.yaml").write_text(
            f'mission: bench\nprompt: {{system: "{prompt}"}}\nmodels: {{only: {{provider: far, model: m-1}}}}\n'
            f"golden: golden.jsonl\ngate: {{require: {{pass_rate: {{margin: 0.05}}}}}}\n{more}"
        )
        rows = ({"id": f"t{n}", "question": f"Question {n}?", "expect": [{"contains": "yes"}]} for n in range(tasks))
        (self.mission / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        return self.mission

    async def open(self, home: str = "home") -> Workspace:
        file = SettingsFile(providers={"far": ProviderSettings(base_url=self.upstream.url, api_key_env=VARIABLE)})
        settings = Settings(home=self.folder / home, file=file, author="ana", secrets={VARIABLE: SECRET})
        self.workspace = await Workspace.open(settings)
        self._opened.append(self.workspace)
        return self.workspace

    def worker(self, setup: bytes) -> Worker:
        self._opened.append(Worker(setup))
        return self._opened[-1]

    async def close(self) -> None:
        for one in self._opened:
            await one.close()


@pytest.fixture
async def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[Says], Lab]]:
    """Makes a Lab whose upstream says what a function makes of a question."""
    made: list[Lab] = []

    def make(says: Says = yes) -> Lab:
        made.append(Lab(tmp_path, Upstream(says)))
        return made[-1]

    monkeypatch.setenv(VARIABLE, SECRET)
    yield make
    for one in made:
        await one.close()
        one.upstream.close()


@pytest.fixture(scope="session")
def ray() -> Iterator[Any]:
    """A cluster of this machine alone, with room for two workers, whose environment has the key."""
    if find_spec("ray") is None:
        pytest.skip("needs pip install 'gonogo[ray]'")
    import ray

    os.environ.update({VARIABLE: SECRET, "RAY_USAGE_STATS_ENABLED": "0"})
    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield ray
    ray.shutdown()
    os.environ.pop(VARIABLE, None)


@pytest.fixture
async def on_ray(ray: Any) -> AsyncIterator[Callable[..., Any]]:
    """Opens two workers for Versions."""
    opened: list[Cluster] = []

    async def make(workspace: Workspace, *versions: Version) -> Cluster:
        opened.append(await Cluster.open(workspace, list(versions), 2))
        return opened[-1]

    yield make
    for cluster in opened:
        await cluster.close()


class OneWorker:
    """As a Cluster, with a worker in this process and no Ray between; it dies ``deaths`` times first."""

    def __init__(self, worker: Worker, duty: bytes, deaths: int = 0) -> None:
        self._worker, self._duty, self.deaths = worker, duty, deaths

    def now(self) -> float:
        return time.monotonic()

    async def ask(self, duty: str, reference: Any, asked: bytes) -> bytes:
        async def fetch() -> bytes:
            return self._duty

        if self.deaths:
            self.deaths -= 1
            raise WorkerDied
        return await self._worker.attempt(duty, fetch, asked)


async def alone(made: Lab, workspace: Workspace, version: Version, felt: Heard, deaths: int = 0) -> RayPlace:
    duty = msgspec.msgpack.encode(await duty_of(workspace, version, version))
    return RayPlace(OneWorker(made.worker(setup_of(workspace, [version])), duty, deaths), "d", None, felt)  # type: ignore[arg-type]


Places = Callable[[Lab, Version, Heard], Any]


@pytest.fixture(params=["here", "worker", pytest.param("ray", marks=NEEDS_RAY)])
def place(request: pytest.FixtureRequest) -> Places:
    """Every place there is, by the same words."""

    async def made(lab: Lab, version: Version, felt: Heard) -> Place:
        workspace = lab.workspace
        if request.param == "worker":
            return await alone(lab, workspace, version, felt)
        if request.param == "ray":
            cluster = await request.getfixturevalue("on_ray")(workspace, version)
            of = await cluster.places(version, version)
            return of(felt)
        tools = workspace.evaluation_tools
        parts, judging = await tools.parts_of(version, version), await tools.judging(version)
        return here(version, parts, tools.assertions, judging, felt)

    if request.param == "ray":
        request.getfixturevalue("on_ray")
    return made


async def first_of(made: Lab) -> tuple[Lab, Version, GoldenTask]:
    version = (await (await made.open()).build(made.write(1))).version
    return made, version, version.mission.golden[0]


async def test_an_attempt_is_answered_judged_counted_and_felt(lab, place):
    made, version, task = await first_of(lab())
    felt, took = Heard(), []
    result = await (await place(made, version, felt)).attempt(task, 2, 7, None, took)
    assert (result.task_id, result.repeat, result.order, result.passed, result.answer) == ("t0", 2, 7, True, "yes")
    assert result.scores[0].metric == "contains"
    assert [(one.usage.input, one.usage.output, one.cost) for one in took] == [(20, 5, None)]
    [(model, began, seconds)] = felt.answers
    assert (model, seconds > 0.0) == ("m-1", True)
    assert time.monotonic() - 60.0 < began <= time.monotonic() - seconds


async def test_an_upstream_that_fails_is_a_result_with_an_error(lab, place):
    made, version, task = await first_of(lab(lambda question: 400))
    result = await (await place(made, version, Heard())).attempt(task, 0, 0, None, [])
    assert (result.passed, result.trace_id) == (None, "")
    assert "400" in result.error


async def test_a_limit_is_raised_and_felt_with_the_wait_it_asked_for(lab, place):
    made, version, task = await first_of(lab(lambda question: 429))
    felt = Heard()
    with pytest.raises(UpstreamLimits) as limits:
        await (await place(made, version, felt)).attempt(task, 0, 0, None, [])
    assert (limits.value.retry_after, limits.value.news, felt.limits) == (1.0, True, [1.0])


async def test_an_answer_that_stands_is_not_asked_for_again(lab, place):
    made, version, task = await first_of(lab())
    known = TaskResult(task_id="t0", answer="yes", passed=True, trace_id="x")
    result = await (await place(made, version, Heard())).attempt(task, 0, 3, known, [])
    assert result == structs.replace(known, order=3)
    assert made.upstream.asked == []


JUDGED = """judges:
  helpful: {kind: llm-rubric, model: only, rubric: "It says yes."}
"""


async def test_what_the_gate_requires_is_scored_where_the_answer_is_made(lab, place):
    def says(question: str) -> str:
        return "yes" if question == "Question 0?" else '{"reason": "it does", "pass": true}'

    made = lab(says)
    workspace = await made.open()
    text = made.write(1, more=JUDGED) / "mission.yaml"
    gate = "{pass_rate: {margin: 0.05}, toxicity: {max: 0.9}, helpful: {min: 0.1}}"
    text.write_text(text.read_text().replace("{pass_rate: {margin: 0.05}}", gate))
    version = (await workspace.build(made.mission)).version
    felt, took = Heard(), []
    result = await (await place(made, version, felt)).attempt(version.mission.golden[0], 0, 0, None, took)
    assert {score.metric: score.state for score in result.scores} == {
        "contains": "value", "toxicity": "value", "helpful": "value",
    }  # fmt: skip
    assert [model for model, _, _ in felt.answers] == ["m-1", "judge m-1"]
    assert sum(one.usage.input for one in took) == 40


async def test_a_task_whose_worker_dies_is_asked_again_and_what_was_spent_is_unknown(lab):
    made, version, task = await first_of(lab())
    took: list[Took] = []
    result = await (await alone(made, made.workspace, version, Heard(), deaths=2)).attempt(task, 0, 0, None, took)
    assert result.passed is True
    assert [one.usage is None for one in took] == [True, True, False]


async def test_a_task_that_kills_every_worker_is_an_error_of_its_own(lab):
    made, version, task = await first_of(lab())
    result = await (await alone(made, made.workspace, version, Heard(), deaths=3)).attempt(task, 0, 0, None, [])
    assert (result.passed, result.error) == (None, "3 workers died while they answered it")


async def test_a_cap_takes_what_a_dead_worker_spent_for_the_dearest_so_far(lab):
    cap = Cap(max_tokens=100)
    for usage in ((20, 5), None):
        cap.started()
        took = Took(usage=None if usage is None else structs.replace(yes_usage(), input=20, output=5), cost=None)
        cap.ended([took])
    assert cap.tokens == 50


def yes_usage() -> Any:
    from gonogo.domain import Usage

    return Usage(input=0, output=0)


async def test_workers_get_names_of_secrets_and_never_a_secret(lab):
    made, version, _ = await first_of(lab())
    sent = setup_of(made.workspace, [version])
    sent += msgspec.msgpack.encode(await duty_of(made.workspace, version, version))
    assert VARIABLE.encode() in sent
    assert SECRET.encode() not in sent


async def test_a_worker_without_a_key_or_with_another_gonogo_says_so(lab, monkeypatch):
    made, version, _ = await first_of(lab())
    setup = setup_of(made.workspace, [version])
    assert await made.worker(setup).why_not() == ""
    monkeypatch.setattr("gonogo.assembly.cluster_worker.VERSION", "0.0.0")
    assert "it runs another gonogo (0.0.0" in await made.worker(setup).why_not()
    monkeypatch.undo()
    monkeypatch.delenv(VARIABLE, raising=False)
    why = await made.worker(setup).why_not()
    assert f"its environment lacks {VARIABLE}" in why
    assert SECRET not in why


async def test_a_mission_with_knowledge_gets_the_same_answers_from_a_worker(lab, tmp_path):
    made = lab()
    workspace = await made.open()
    new_mission(tmp_path / "support", "support")
    version = (await workspace.build(tmp_path / "support")).version
    tools = workspace.evaluation_tools
    near = here(version, await tools.parts_of(version, version), tools.assertions, None, Heard())
    far, found = await alone(made, workspace, version, Heard()), []
    for place in (near, far):
        results = [await place.attempt(task, 0, at, None, []) for at, task in enumerate(version.mission.golden)]
        found.append([structs.replace(one, latency=0.0, cpu=0.0, trace_id="") for one in results])
    assert found[0] == found[1]
    assert all(result.passed for result in found[1])


async def test_prices_of_the_home_folder_count_on_a_worker_too(lab):
    made, version, task = await first_of(lab())
    prices = '[far]\n"m-1" = {input = 1.0, output = 2.0, dated = "2026-01-01", source = "us"}\n'
    (made.workspace.settings.home / "prices.toml").write_text(prices)
    result = await (await alone(made, made.workspace, version, Heard())).attempt(task, 0, 0, None, [])
    assert result.cost == pytest.approx((20 * 1.0 + 5 * 2.0) / 1e6)


def test_what_a_killed_worker_left_on_disk_goes_with_the_next_one(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    alive, killed = Home(), Home()
    (killed.path / "vectors").mkdir()
    killed._lock.close()  # as the system does for a process that is gone
    after = Home()
    assert {path.name for path in tmp_path.iterdir()} == {alive.path.name, after.path.name}
    alive.remove()
    after.remove()
    assert list(tmp_path.iterdir()) == []


async def test_a_missing_extra_prints_the_install_line(lab, monkeypatch):
    made, version, _ = await first_of(lab())
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'gonogo\[ray\]'"):
        await made.workspace.cluster(version)


async def test_what_belongs_to_this_machine_is_refused(lab, tmp_path):
    made, version, task = await first_of(lab())
    own = structs.replace(task, expect=(structs.replace(task.expect[0], kind="python", value="check.py"),))
    mission = structs.replace(version.mission, golden=(own,))
    with pytest.raises(BadInput, match=r"bench@1 judges with Python of its own \(t0\)"):
        await Cluster.open(made.workspace, [structs.replace(version, mission=mission)])
    workspace = await made.open("other")
    workspace.use_tape(tmp_path / "calls.jsonl", record=True)
    with pytest.raises(BadInput, match="leave --on ray out, or --record and --replay"):
        await workspace.cluster(version)


def plain(verdict: Verdict) -> Verdict:
    return structs.replace(verdict, id="", created_at=0.0, run_id="", baseline_run_id=None)


def rows(run: EvaluationRun) -> list[TaskResult]:
    """What does not depend on when and where: the rest is a time or a name made by chance."""
    same = (structs.replace(one, latency=0.0, cpu=0.0, trace_id="") for one in run.results)
    return sorted(same, key=lambda one: (one.order, one.repeat))


def some_fail(question: str) -> str | int:
    number = int(question.removeprefix("Question ").rstrip("?"))
    return 400 if number == 7 else "no" if number % 9 == 0 else "yes"


@pytest.mark.slow
@pytest.mark.needs_ray
async def test_a_run_on_ray_has_the_results_and_the_verdict_of_one_here(lab, on_ray):
    made = lab(some_fail)
    found = []
    for home in ("here", "ray"):
        workspace = await made.open(home)
        version = (await workspace.build(made.write(60))).version
        cluster = await on_ray(workspace, version) if home == "ray" else None
        verdict = await workspace.evaluate(version, options=RunOptions(repeats=2), on=cluster)
        found.append((version.behaviour_digest, plain(verdict), rows(await workspace.run(verdict.run_id))))
    assert found[0] == found[1]
    assert len(found[0][2]) == 120
    assert all(row.digest for row in found[1][2] if row.passed is not None)
    assert made.upstream.keys == {f"Bearer {SECRET}"}


@pytest.mark.slow
@pytest.mark.needs_ray
async def test_candidate_and_live_share_the_workers_and_stop_as_soon_as_it_is_decided(lab, on_ray):
    made = lab(yes)
    workspace = await made.open()
    live = (await workspace.build(made.write(120))).version
    await workspace.evaluate(live)
    await workspace.deployments.deploy(live)
    made.upstream.says = lambda question: "no"
    candidate = (await workspace.build(made.write(120, prompt="Answer the question shortly."))).version
    cluster = await on_ray(workspace, candidate, live)
    verdict = await workspace.evaluate(candidate, options=RunOptions(concurrency=8), on=cluster)
    run = await workspace.run(verdict.run_id)
    assert (verdict.outcome, run.stopped_early) == ("NO-GO", True)
    assert len(run.results) < 60


@pytest.mark.slow
@pytest.mark.needs_ray
async def test_a_worker_that_is_killed_loses_nothing_and_counts_nothing_twice(lab, on_ray):
    made = lab(yes)
    killed, once = [], threading.Lock()

    def says(question: str) -> str:
        time.sleep(0.02)
        with once:
            if len(made.upstream.asked) >= 30 and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)
        return "yes"

    made.upstream.says = says
    workspace = await made.open()
    version = (await workspace.build(made.write(100))).version
    cluster = await on_ray(workspace, version)
    pids = await cluster.pids()
    verdict = await workspace.evaluate(version, options=RunOptions(concurrency=8), on=cluster)
    run = await workspace.run(verdict.run_id)
    assert (len(killed), cluster.deaths) == (1, 1)
    assert sorted(result.task_id for result in run.results) == sorted(f"t{n}" for n in range(100))
    assert all(result.passed for result in run.results)
    asked = len(made.upstream.asked)
    assert 100 < asked <= 108, "what was in flight on the dead worker was asked again, and nothing else"


@pytest.mark.slow
@pytest.mark.needs_ray
async def test_a_cap_holds_over_all_workers_and_the_rest_is_run_later(lab, on_ray):
    made = lab(yes)
    workspace = await made.open()
    version = (await workspace.build(made.write(40))).version
    cluster, cap = await on_ray(workspace, version), Cap(max_tokens=260)
    await workspace.evaluate(version, options=RunOptions(cap=cap), on=cluster)
    assert (len(made.upstream.asked), cap.tokens, cap.stopped) == (10, 250, True)
    await workspace.evaluate(version, on=cluster)
    assert sorted(made.upstream.asked) == sorted(f"Question {n}?" for n in range(40))


@pytest.mark.slow
@pytest.mark.needs_ray
async def test_limits_that_workers_meet_slow_the_whole_run_and_every_task_is_answered(lab, on_ray):
    refused: set[str] = set()

    def says(question: str) -> str | int:
        if len(refused) < 6 and question not in refused:
            refused.add(question)
            return 429
        return "yes"

    made = lab(says)
    workspace = await made.open()
    version = (await workspace.build(made.write(40))).version
    readings = []
    options = RunOptions(progress=readings.append)
    verdict = await workspace.evaluate(version, options=options, on=await on_ray(workspace, version))
    assert all(result.passed for result in (await workspace.run(verdict.run_id)).results)
    assert len(made.upstream.asked) == 46
    assert any(reading.pause > 0.0 for reading in readings)
    assert min(reading.concurrency for reading in readings) < 8


@pytest.mark.slow
@pytest.mark.needs_ray
async def test_no_file_of_ray_holds_the_secret(lab, on_ray, ray):
    made = lab(lambda question: 500)
    workspace = await made.open()
    version = (await workspace.build(made.write(3))).version
    await workspace.evaluate(version, on=await on_ray(workspace, version))
    session = Path(ray._private.worker.global_worker.node.get_session_dir_path())
    found = [path for path in session.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()]
    assert made.upstream.keys == {f"Bearer {SECRET}"}
    assert found == []


@pytest.mark.slow
@pytest.mark.needs_ray
async def test_a_cluster_whose_workers_lack_the_key_is_refused_before_anything_is_asked(lab, on_ray, monkeypatch):
    monkeypatch.setenv("ANOTHER_KEY", "sk-other")
    made, version, _ = await first_of(lab())
    workspace = made.workspace
    far = structs.replace(workspace.settings.file.providers["far"], api_key_env="ANOTHER_KEY")
    workspace.settings = structs.replace(
        workspace.settings, file=SettingsFile(providers={"far": far}), secrets={"ANOTHER_KEY": "sk-other"}
    )
    with pytest.raises(Unreachable, match="its environment lacks ANOTHER_KEY"):
        await on_ray(workspace, version)
    assert made.upstream.asked == []


@pytest.mark.slow
@pytest.mark.needs_ray
def test_a_command_on_ray_that_is_killed_is_gone_on_with_by_the_same_command(tmp_path):
    held, release = threading.Event(), threading.Event()

    def says(question: str) -> str:
        if len(upstream.asked) > 25 and not release.is_set():
            held.set()
            release.wait()
        return "yes"

    upstream = Upstream(says)
    Lab(tmp_path, upstream).write(60)
    (tmp_path / ".gonogo").mkdir()
    (tmp_path / ".gonogo" / "settings.toml").write_text(f'[providers.far]\nbase_url = "{upstream.url}"\n')
    words = [sys.executable, "-m", "gonogo", "evaluate", "bench", "--on", "ray", "--workers", "2", "--concurrency", "4"]
    with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL) as first:
        assert held.wait(120.0)
        time.sleep(0.5)  # longer than results wait to be stored
        first.kill()
    release.set()
    done = subprocess.run([*words, "--json"], cwd=tmp_path, capture_output=True, text=True, check=False)
    upstream.close()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "GO"
    asked = [upstream.asked.count(f"Question {n}?") for n in range(60)]
    assert min(asked) == 1
    assert sum(asked) <= 60 + 4, "only what was in flight was asked again"
