"""Evaluations started over HTTP are paid by the key that started them: answers and judges, limits and budgets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.gateway.api.conftest import Api

from gonogo.access import ROLES
from gonogo.assembly import Settings, Workspace
from gonogo.assembly.settings import BudgetSettings, ProviderSettings, SettingsFile
from gonogo.clock import SystemClock
from gonogo.domain import RateLimits, day_of

TASKS = 6
PRICES = """\
[main]
m = {input = 1000.0, output = 2000.0, dated = "2026-11-26", source = "test"}
judge = {input = 100.0, output = 100.0, dated = "2026-11-26", source = "test"}
"""
MISSION = """\
mission: support
models:
  only: {provider: main, model: m, params: {max_tokens: 100}}
prompt: {system: "Answer in a few words."}
judges:
  helpful: {kind: llm-rubric, provider: main, model: judge, rubric: "Is it helpful?", params: {max_tokens: 100}}
golden: golden/*.yaml
gate: {mode: advisory, require: {helpful: {min: 0.1}}}
"""


class Charging:
    """A model's server that answers and judges, and keeps what it charged for."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.read = self.written = 0
        self.most = self.running = 0
        self.came = asyncio.Event()

    @property
    def cost(self) -> float:
        answers, judged = self.calls.count("m"), self.calls.count("judge")
        return round(answers * (10 * 1000 + 5 * 2000) / 1e6 + judged * (50 * 100 + 9 * 100) / 1e6, 9)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        try:
            yield f"http://{host}:{port}/v1"
        finally:
            server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
                body = msgspec.json.decode(await reader.readexactly(length))
                self.running += 1
                self.most = max(self.most, self.running)
                await asyncio.sleep(0)
                self.running -= 1
                writer.write(self._reply(body["model"]))
        writer.close()

    def _reply(self, model: str) -> bytes:
        self.calls.append(model)
        self.came.set()
        said, used = ('{"reason": "Good.", "pass": true}', (50, 9)) if model == "judge" else ("Thirty days.", (10, 5))
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}
        usage = {"prompt_tokens": used[0], "completion_tokens": used[1], "total_tokens": sum(used)}
        content = msgspec.json.encode({"id": "x", "object": "chat.completion", "model": model, "choices": [choice],
                                       "usage": usage})  # fmt: skip
        return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
            len(content), content,
        )  # fmt: skip


@pytest.fixture
async def charged(tmp_path: Path) -> AsyncIterator[tuple[Api, Charging]]:
    """``support@1`` is built; its model and its judge are of a server that charges."""
    upstream, home = Charging(), tmp_path / "home"
    async with upstream.listening() as url:
        file = SettingsFile(providers={"main": ProviderSettings(base_url=url)}, budgets=BudgetSettings())
        home.mkdir()
        (home / "prices.toml").write_text(PRICES, encoding="utf-8")
        settings = Settings(home=home, file=file, author="ana", secrets={}, colour=False)
        async with await Workspace.open(settings) as workspace:
            api = Api(workspace)
            api.keys = {role: await api.key(role) for role in ROLES}
            folder = tmp_path / "support"
            (folder / "golden").mkdir(parents=True)
            (folder / "mission.yaml").write_text(MISSION, encoding="utf-8")
            tasks = "".join(
                f'- id: t{n}\n  question: "How long is period {n}?"\n  expect: [{{contains: Thirty}}]\n'
                for n in range(TASKS)
            )
            (folder / "golden" / "tasks.yaml").write_text(tasks, encoding="utf-8")
            built = await api.ended(await api.upload(folder))
            assert built["state"] == "done", built
            await api.serving.allowances.start()
            yield api, upstream
            await api.serving.allowances.stop()


async def evaluated(api: Api, key: str, **body: Any) -> Any:
    return await api.ended(await api("POST", "/api/evaluations", {"version": "support@1", **body}, key=key), key=key)


async def spent(api: Api) -> dict[str, float]:
    await api.serving.allowances._spending.report()
    now = SystemClock().now()
    return {str(row.account): row.spent / 1e9 for row in await api.workspace.store.balances(day_of(now), now)}


async def test_what_it_took_is_charged_to_the_key_and_adds_up_to_the_upstreams_bill(charged: Any) -> None:
    api, upstream = charged
    key = await api.key("developer", daily_budget=100.0)
    done = await evaluated(api, key)
    assert done["state"] == "done", done
    assert (upstream.calls.count("m"), upstream.calls.count("judge")) == (TASKS, TASKS)
    key_id = key.split("_")[1]
    assert await spent(api) == {f"key {key_id}": pytest.approx(upstream.cost)}
    costs = (await api("GET", "/api/costs?mission=support&by=mission,key,model")).json
    assert {tuple(row["group"].values()): row["cost"] for row in costs["rows"]} == {
        ("evaluation/support", key_id, "main/m"): pytest.approx(TASKS * 0.02),
        ("evaluation/support", key_id, "main/judge"): pytest.approx(TASKS * 0.0059),
    }
    assert costs["evaluation"]["cost"] == costs["total"]["cost"] == pytest.approx(upstream.cost)
    run = (await api("GET", f"/api/runs/{done['result']['run_id']}")).json
    own = sum(result["cost"] + result["judge_cost"] for result in run["results"])
    assert own == pytest.approx(upstream.cost)


async def test_no_trace_of_it_has_words_or_counts_as_a_request_of_the_mission(charged: Any) -> None:
    api, _ = charged
    await evaluated(api, await api.key("developer"))
    assert (await api("GET", "/api/traces")).json["items"] == []
    traces = await api.workspace.store.traces("evaluation/support", limit=100)
    assert {(trace.mission, trace.environment, trace.question, trace.answer) for trace in traces} == {
        ("evaluation/support", "", "", "")
    }
    assert await api.workspace.store.traces("support", limit=100) == []


async def test_a_spent_budget_ends_a_run_as_a_cap_does_and_the_verdict_says_so(charged: Any) -> None:
    api, upstream = charged
    key = await api.key("developer", daily_budget=0.28)
    done = await evaluated(api, key, concurrency=1)
    verdict = done["result"]
    assert (done["state"], verdict["outcome"]) == ("done", "INVALID")
    assert verdict["reasons"][0]["rule"] == "budget"
    assert "the run was stopped: the budget of key" in verdict["reasons"][0]["message"]
    assert "stopped: the budget of key" in verdict["line"]
    assert 0 < len(upstream.calls) < 2 * TASKS
    assert sum((await spent(api)).values()) == pytest.approx(upstream.cost)
    assert upstream.cost <= 0.28

    asked = len(upstream.calls)
    rich = await evaluated(api, await api.key("developer", daily_budget=100.0))
    assert rich["result"]["outcome"] != "INVALID", rich["result"]["line"]
    assert upstream.calls.count("m") == TASKS, "what was finished is not asked again"
    assert len(upstream.calls) > asked


async def test_where_nothing_could_start_it_is_a_402_at_once(charged: Any) -> None:
    api, upstream = charged
    poor = await api.key("developer", daily_budget=0.01)
    refused = await api("POST", "/api/evaluations", {"version": "support@1"}, key=poor)
    assert (refused.status, refused.error["code"]) == (402, "budget_spent")
    assert upstream.calls == []
    assert api.workspace.operations.all()[0].kind == "build"


async def test_a_model_without_a_price_is_refused_under_a_budget(charged: Any) -> None:
    api, upstream = charged
    (api.workspace.settings.home / "prices.toml").write_text("", encoding="utf-8")
    api.workspace.installed.__dict__.pop("prices", None)
    refused = await api(
        "POST", "/api/evaluations", {"version": "support@1"}, key=await api.key("developer", daily_budget=9.0)
    )
    assert (refused.status, refused.error["code"], upstream.calls) == (402, "price_unknown", [])


async def test_limits_of_the_key_slow_a_run_and_fail_no_task(charged: Any) -> None:
    api, upstream = charged
    done = await evaluated(api, await api.key("developer", limits=RateLimits(concurrency=1)))
    assert done["state"] == "done"
    assert upstream.most == 1
    run = (await api("GET", f"/api/runs/{done['result']['run_id']}")).json
    assert [result["error"] for result in run["results"]] == [None] * TASKS


async def test_what_is_known_already_costs_nothing_even_without_a_cent(charged: Any) -> None:
    api, upstream = charged
    await evaluated(api, await api.key("developer", daily_budget=100.0))
    asked = len(upstream.calls)
    done = await evaluated(api, await api.key("developer", daily_budget=0.0))
    assert (done["state"], len(upstream.calls)) == ("done", asked)


async def test_a_run_that_is_stopped_books_what_it_had_asked(charged: Any) -> None:
    api, upstream = charged
    key = await api.key("developer", daily_budget=100.0)
    started = await api("POST", "/api/evaluations", {"version": "support@1", "concurrency": 1}, key=key)
    await asyncio.wait_for(upstream.came.wait(), 30)
    await api("DELETE", f"/api/operations/{started.json['id']}", key=key)
    [(_, told)] = (await spent(api)).items()
    costs = (await api("GET", "/api/costs?by=key")).json
    assert costs["total"]["cost"] == pytest.approx(told)
    assert told >= 0.02


async def test_a_comparison_is_paid_as_an_evaluation_is_and_says_where_the_money_ended(charged: Any) -> None:
    api, upstream = charged
    asked = {"versions": ["support@1"], "models": ["only", "main/other"], "concurrency": 1}
    poor = await api.key("developer", daily_budget=0.28)
    done = await api.ended(await api("POST", "/api/comparisons", asked, key=poor), key=poor)
    assert "the budget of key" in done["result"]["stopped"]
    assert sum(cell["never_run"] for cell in done["result"]["cells"]) > 0
    assert upstream.cost <= 0.28
    broke = await api.key("developer", daily_budget=0.0)
    refused = await api.ended(await api("POST", "/api/comparisons", asked, key=broke), key=broke)
    assert (refused["state"], refused["error"]["code"]) == ("failed", "budget_spent")


async def test_calibrating_a_judge_is_paid_and_keeps_nothing_once_the_money_ended(charged: Any) -> None:
    api, upstream = charged
    await evaluated(api, await api.key("developer"))
    path = "/api/versions/support@1/judges/helpful"
    unlabelled = (await api("GET", f"{path}/unlabelled?most=6", role="annotator")).json["items"]
    labels = [{"answer": one["name"], "value": 1} for one in unlabelled]
    assert (await api("POST", f"{path}/labels", {"labels": labels}, role="annotator")).json == {"labels": 6}
    known = len(upstream.calls)
    done = await api.ended(await api("POST", f"{path}/calibrations", role="developer"))
    assert (done["state"], len(upstream.calls)) == ("done", known), "what this judge judged is not judged again"
    for _ in range(8):
        trace = await api.trace(answer="Thirty days.")
        body = {"metric": "helpful", "value": 1}
        assert (await api("POST", f"/api/traces/{trace.id}/annotations", body, role="annotator")).status == 201
    poor = await api.key("developer", daily_budget=0.02)
    refused = await api.ended(await api("POST", f"{path}/calibrations", key=poor), key=poor)
    assert (refused["state"], refused["error"]["code"]) == ("failed", "budget_spent")
    rich = await api.key("developer", daily_budget=9.0)
    assert (await api.ended(await api("POST", f"{path}/calibrations", key=rich), key=rich))["state"] == "done"
    assert (await spent(api))[f"key {rich.split('_')[1]}"] == pytest.approx(8 * 0.0059)


POLITE = "/api/folders/sensitivity?budget=100&prompt=none&questions=polite"


@pytest.fixture
def folder(charged: Any) -> Path:
    found = charged[0].workspace.settings.home.parent / "support"
    tasks = "".join(
        f"- {{id: t{n}, question: How long is period {n}?, expect: [{{contains: Thirty}}]}}\n" for n in range(12)
    )
    (found / "golden/tasks.yaml").write_text(tasks, encoding="utf-8")
    return found


async def test_a_sensitivity_report_tells_what_was_paid_for_and_where_the_money_ended(
    charged: Any, folder: Path
) -> None:
    api, upstream = charged
    poor, broke = await api.key("developer", daily_budget=0.6), await api.key("developer", daily_budget=0.0)
    done = await api.ended(await api.upload(folder, f"{POLITE}&concurrency=1", key=poor), key=poor)
    assert "the budget of key" in done["result"]["stopped"]
    assert done["result"]["noise"]["moved"]["n"] > 0
    assert upstream.cost <= 0.6
    assert (await api.ended(await api.upload(folder, POLITE, key=broke), key=broke))["error"]["code"] == "budget_spent"


@pytest.mark.slow
async def test_a_sensitivity_report_waits_where_a_limit_of_its_key_holds(charged: Any, folder: Path) -> None:
    api, upstream = charged
    key = await api.key("developer", limits=RateLimits(concurrency=1))
    done = await api.ended(await api.upload(folder, f"{POLITE}&concurrency=4", key=key), key=key)
    assert (done["result"]["stopped"], done["result"]["noise"]["errors"], upstream.most) == ("", 0, 1)
