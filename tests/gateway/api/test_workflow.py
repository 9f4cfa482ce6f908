"""The whole way over HTTP: build, prove, deploy, look, roll back."""

from __future__ import annotations

import asyncio
import subprocess

import pytest

from gonogo.assembly.operations import Reading
from gonogo.contracts import HttpRequest
from gonogo.domain import RateLimits
from gonogo.gateway.api.endpoint import Call, NoQuery
from gonogo.gateway.api.operations import begin

PRODUCTION = "/api/environments/support/production"


async def test_a_folder_that_is_sent_becomes_a_version_by_the_key_that_sent_it(api, folder):
    ended = await api.ended(await api.upload(folder, role="developer"))
    assert ended["state"] == "done"
    assert ended["result"]["name"] == "support@1"
    assert ended["result"]["created"] is True
    assert "classifier" in ended["result"]["lock"]
    [row] = (await api("GET", "/api/versions")).json["items"]
    assert row["version"] == "support@1"
    assert row["created_by"].startswith("key ")


async def test_the_same_folder_gives_the_same_version_as_at_a_shell(api, folder):
    ended = await api.ended(await api.upload(folder))
    at_a_shell = await api.workspace.build(folder)
    assert not at_a_shell.created
    assert at_a_shell.version.behaviour_digest == ended["result"]["version"]["behaviour_digest"]


async def test_a_folder_that_was_sent_leaves_nothing_behind_but_its_version(api, folder):
    await api.ended(await api.upload(folder))
    assert not list(api.workspace.settings.home.glob("upload-*"))
    assert await api.workspace.store.folder("support") is None


async def test_problems_of_a_folder_name_files_as_the_sender_knows_them(api, folder):
    api.edit(folder, "mission.yaml", "retrieval:", "retreival:")
    ended = await api.ended(await api.upload(folder))
    assert ended["state"] == "failed"
    [problem] = ended["error"]["problems"]
    assert problem["file"] == "mission.yaml"
    assert ended["error"]["exit_code"] == 65
    assert str(api.workspace.settings.home) not in str(ended)
    checked = (await api.upload(folder, "/api/validations")).json
    assert not checked["usable"]
    assert checked["problems"] == [problem]


async def test_a_folder_that_takes_pages_from_git_is_refused_and_git_is_not_run(api, folder, monkeypatch):
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda *words, **more: started.append(words))
    api.edit(folder, "mission.yaml", "sources: [", 'sources: [{git: ., revision: main, paths: ["**/*.md"]}, ')
    ended = await api.ended(await api.upload(folder))
    [problem] = ended["error"]["problems"]
    assert problem["key"] == "retrieval.sources"
    assert problem["message"] == ".@main is a git revision, and those are read at the command line only"
    assert not started


async def test_long_work_can_be_followed_as_events(api, folder):
    await api.ended(await api.upload(folder))
    streamed = await api("POST", "/api/evaluations", {"version": "support"}, accept="text/event-stream")
    assert streamed.headers["content-type"] == "text/event-stream"
    *going, (name, last) = streamed.events
    assert {one for one, _ in going} == {"progress"}
    assert name == "done"
    assert last["result"]["candidate"] == 1
    assert last["progress"]["done"] == last["progress"]["total"] > 0


async def test_an_operation_is_seen_and_stopped_by_the_key_that_started_it_and_by_an_admin(api):
    started = asyncio.Event()

    async def forever(report):
        started.set()
        await asyncio.Event().wait()

    mine = api.workspace.operations.start("build", forever, author="x", key_id=api.keys["developer"].split("_")[1])
    await started.wait()
    path = f"/api/operations/{mine.id}"
    assert (await api("GET", path, role="deployer")).status == 404
    assert (await api("DELETE", path, role="deployer")).status == 404
    assert (await api("GET", "/api/operations", role="deployer")).json["items"] == []
    elsewhere = await api.key(tenant="other")
    assert (await api("GET", path, key=elsewhere)).status == 404
    assert (await api("GET", path, role="admin")).json["state"] == "running"
    assert (await api("GET", path, role="developer")).json["state"] == "running"
    assert (await api("DELETE", path, role="developer")).json["state"] == "cancelled"


async def test_a_stream_that_is_left_stops_the_work_it_started(api):
    started = asyncio.Event()

    async def forever(report):
        report(Reading(label="reading", done=1, total=2))
        started.set()
        await asyncio.Event().wait()

    asked = HttpRequest(method="POST", path="/", headers={"accept": "text/event-stream"})
    call = Call(workspace=api.workspace, serving=api.serving, http=asked, query=NoQuery(), body=None)
    stream = await begin(call, "build", forever)
    first = await anext(stream)
    assert first.startswith(b"event: progress\ndata: {")
    await started.wait()
    await stream.aclose()
    [operation] = api.workspace.operations.all()
    assert operation.state == "cancelled"


async def test_more_long_work_than_may_run_is_refused_for_a_moment(api, folder):
    async def forever(report):
        await asyncio.Event().wait()

    for _ in range(2):
        api.workspace.operations.start("build", forever, author="x")
    refused = await api.upload(folder)
    assert refused.status == 429
    assert refused.headers["retry-after"] == "5"


async def test_without_go_nothing_is_deployed_and_the_reasons_are_told(api, folder):
    await api.ended(await api.upload(folder))
    refused = await api("POST", f"{PRODUCTION}/deployments", {"version": "support@1"}, role="deployer")
    assert refused.status == 409
    assert refused.error["reasons"]
    assert refused.error["exit_code"] == 4
    assert (await api("GET", PRODUCTION)).status == 404


async def test_an_override_needs_an_admin_and_is_kept(api, folder):
    await api.ended(await api.upload(folder))
    asked = {"version": "support@1", "override": "the shop is down"}
    assert (await api("POST", f"{PRODUCTION}/deployments", asked, role="deployer")).status == 403
    made = await api("POST", f"{PRODUCTION}/deployments", asked, role="admin")
    assert made.status == 201
    assert made.json["override"] == "the shop is down"
    assert made.json["author"].startswith("key ")


async def test_the_pointer_moves_only_from_where_the_caller_saw_it(live, folder):
    live.edit(folder, "prompts/system.md", "most two", "most three")
    await live.ended(await live.upload(folder))
    await live.ended(await live("POST", "/api/evaluations", {"version": "support@2"}))
    seen = (await live("GET", PRODUCTION)).headers["etag"]
    assert seen == '"1"'
    late = await live("POST", f"{PRODUCTION}/deployments", {"version": "support@2"}, if_match='"7"')
    assert late.status == 412
    assert late.error["exit_code"] == 75
    made = await live("POST", f"{PRODUCTION}/deployments", {"version": "support@2"}, if_match=seen)
    assert (made.status, made.headers["etag"]) == (201, '"2"')
    assert (await live("POST", f"{PRODUCTION}/rollback", {}, if_match=seen)).status == 412
    back = await live("POST", f"{PRODUCTION}/rollback", {"reason": "worse"}, if_match='"2"', role="deployer")
    assert (back.json["version"], back.json["kind"], back.json["reason"]) == (1, "rollback", "worse")
    history = (await live("GET", "/api/deployments?mission=support")).json["items"]
    assert [row["version"] for row in history] == [1, 2, 1]


async def test_what_is_live_and_why_can_be_read(live):
    [place] = (await live("GET", "/api/environments")).json["items"]
    assert (place["mission"], place["environment"], place["version"]) == ("support", "production", 1)
    verdict = (await live("GET", "/api/verdicts/support@1")).json
    assert (await live("GET", f"/api/verdicts/{verdict['id']}")).json == verdict
    assert (await live("GET", "/api/verdicts?mission=support")).json["items"] == [verdict]
    run = (await live("GET", f"/api/runs/{verdict['run_id']}")).json
    assert len(run["results"]) >= 1


async def test_versions_parts_golden_tasks_and_differences_can_be_read(live, folder):
    live.edit(folder, "prompts/system.md", "most two", "most three")
    await live.ended(await live.upload(folder))
    assert (await live("GET", "/api/missions")).json["items"] == ["support"]
    rows = (await live("GET", "/api/versions?mission=support")).json["items"]
    assert [(row["version"], row["changed"]) for row in rows] == [("support@2", ["prompt p2"]), ("support@1", [])]
    shown = (await live("GET", "/api/versions/support:production")).json
    assert shown["name"] == "support@1"
    assert shown["understood"]
    diff = (await live("GET", "/api/diff?old=support@1&new=support@2")).json
    assert [part["name"] for part in diff["parts"]] == ["prompt"]
    parts = (await live("GET", "/api/missions/support/parts/prompt")).json["items"]
    assert [row["first_version"] for row in parts] == [2, 1]
    assert (await live("GET", "/api/versions/support@1/golden")).json["items"]


async def test_a_question_to_one_version_is_answered_within_the_budget_of_its_key_and_stays_out_of_rates(live):
    asked = {"version": "support@1", "question": "How many days do I have to return a light?"}
    answered = await live("POST", "/api/ask", asked, role="developer")
    assert "30" in answered.json["answer"]
    [kept] = (await live("GET", "/api/traces")).json["items"]
    assert (kept["id"], kept["environment"]) == (answered.json["id"], "")
    assert kept["key_id"] == live.keys["developer"].split("_")[1]
    spent = await live.key("developer", limits=RateLimits(requests_per_minute=1))
    assert (await live("POST", "/api/ask", asked, key=spent)).status == 200
    refused = await live("POST", "/api/ask", asked, key=spent)
    assert refused.status == 429
    assert "retry-after" in refused.headers


async def test_traces_are_read_judged_and_explained(live):
    asked = "How many days do I have to return a light?"
    await live.workspace.ask(await live.workspace.version("support@1"), asked, keep=True, environment="production")
    [row] = (await live("GET", "/api/traces?mission=support&outcome=answered")).json["items"]
    assert row["question"] == asked
    path = f"/api/traces/{row['id']}"
    assert (await live("GET", path)).json == row
    assert (await live("GET", f"{path[:-12]}")).json == row
    said = await live("POST", f"{path}/annotations", {"metric": "faithfulness", "value": 1}, role="annotator")
    assert said.status == 201
    assert (await live("GET", f"{path}/annotations")).json["items"] == [said.json]
    assert (await live("GET", f"{path}/diagnosis")).json["trace_id"] == row["id"]
    assert (await live("GET", "/api/monitors/support")).json["live"]["version"] == 1


async def test_keys_are_made_rotated_and_revoked_and_only_ever_shown_once(api):
    made = await api("POST", "/api/keys", {"role": "viewer", "name": "shop", "missions": ["support"]})
    assert made.status == 201
    secret, key_id = made.json["secret"], made.json["id"]
    assert (await api("GET", "/api/missions", key=secret)).status == 200
    listed = await api("GET", "/api/keys")
    assert secret not in listed.body.decode()
    assert key_id in [row["id"] for row in listed.json["items"]]
    again = await api("POST", f"/api/keys/{key_id}/rotate", {"overlap": 0})
    assert (await api("GET", "/api/missions", key=again.json["secret"])).status == 200
    assert (await api("DELETE", f"/api/keys/{key_id}")).status == 204
    assert (await api("DELETE", f"/api/keys/{key_id}")).status == 404


async def test_limits_of_a_key_are_changed_and_costs_and_budgets_seen(live):
    made = (await live("POST", "/api/keys", {"daily_budget": 2, "limits": {"concurrency": 1}})).json
    changed = await live("POST", f"/api/keys/{made['id']}/limits", {"requests_per_minute": 5, "lift": ["concurrency"]})
    assert changed.json["limits"] == {
        "requests_per_minute": 5, "tokens_per_minute": None, "concurrency": None, "max_output_tokens": None,
    }  # fmt: skip
    twice = await live("POST", f"/api/keys/{made['id']}/limits", {"concurrency": 5, "lift": ["concurrency"]})
    assert (twice.status, twice.error["param"]) == (400, "lift")
    [budget] = (await live("GET", "/api/budgets", role="developer")).json["items"]
    assert (budget["scope"], budget["name"], budget["limit"]) == ("key", made["id"], 2)
    await live.trace()
    costs = (await live("GET", "/api/costs?by=version,day", role="developer")).json
    tasks = costs["evaluation"]["requests"]
    assert tasks > 0, "the evaluation of the fixture was started over HTTP"
    counted = {row["group"]["version"]: row["requests"] for row in costs["rows"]}
    assert counted == {"support@1": 1, "evaluation/support@1": tasks}


async def test_classifiers_are_listed_shown_and_compared(api):
    rows = (await api("GET", "/api/classifiers", role="developer")).json["items"]
    assert "toxicity" in [row["name"] for row in rows]
    card = (await api("GET", "/api/classifiers/toxicity")).json
    assert card["name"] == "toxicity"
    assert (await api("GET", "/api/classifiers/toxicity/comparisons")).json["items"] == []
    asked = {"classifier": "toxicity", "reason": "better"}
    moved = await api("POST", "/api/classifiers/toxicity/promotions", asked, role="deployer")
    assert moved.status == 201, moved.body
    assert moved.json["author"].startswith("key ")
    [row] = (await api("GET", "/api/classifiers/toxicity/promotions")).json["items"]
    assert row["reason"] == "better"
    assert (await api("POST", "/api/classifiers/toxicity/rollback", {}, role="deployer")).status == 201


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/api/versions/nobody", None, 404),
        ("GET", "/api/versions/support@0", None, 404),
        ("GET", "/api/versions/support@99999999999999999999999", None, 400),
        ("GET", "/api/versions?mission=nobody", None, 404),
        ("GET", "/api/versions?limit=0", None, 400),
        ("GET", "/api/versions?limits=3", None, 400),
        ("GET", "/api/versions?cursor=nothing", None, 400),
        ("GET", "/api/missions/support/parts/engine", None, 404),
        ("GET", "/api/diff?old=support", None, 400),
        ("GET", "/api/traces/0192ab", None, 404),
        ("GET", "/api/runs/x", None, 404),
        ("GET", "/api/operations/x", None, 404),
        ("POST", "/api/evaluations", {"version": "support", "colour": "red"}, 400),
        ("POST", "/api/evaluations", {}, 400),
        ("POST", "/api/evaluations", [1], 400),
        ("POST", "/api/evaluations", b"{", 400),
        ("POST", "/api/keys", {"role": "king"}, 400),
        ("POST", "/api/builds", {"folder": "/etc"}, 415),
        ("DELETE", "/api/keys/x", {"all": True}, 400),
        ("POST", "/api/environments/support/a%3Ab/deployments", {"version": "support"}, 400),
    ],
)
async def test_what_cannot_be_used_is_refused_in_one_shape_that_names_it(api, method, path, body, status):
    refused = await api(method, path, b"" if body is None else body)
    assert refused.status == status, refused.body
    assert refused.error["message"]
    assert refused.error["exit_code"] == 65


async def test_if_match_that_is_no_revision_is_refused(api):
    refused = await api("POST", "/api/environments/support/production/rollback", {}, if_match="x")
    assert (refused.status, refused.error["param"]) == (400, "If-Match")


async def test_a_reply_the_caller_has_already_is_not_sent_again(api):
    first = await api("GET", "/api/missions")
    again = await api("GET", "/api/missions", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
