"""What commands do besides building, proving and deploying, over HTTP: what is asked of a folder, judges, knowledge,
classifiers against Traces; and what a key may not reach through them.

That a reply, and the result of long work, is as the document says is checked at each call.
"""

from __future__ import annotations

import json

import pytest


async def test_versions_and_models_are_planned_and_compared(live):
    planned = (await live("POST", "/api/plans", {"version": "support@1", "environment": "staging"})).json
    assert (planned["version"], planned["live"], planned["shows"]["tasks"]) == ("support@1", None, 6)
    started = await live("POST", "/api/comparisons", {"versions": ["support@1"], "models": ["small", "large"]})
    compared = await live.ended(started)
    assert (compared["kind"], compared["state"]) == ("comparison", "done")
    assert [cell["model"] for cell in compared["result"]["cells"]] == ["small", "large"]
    stopped = await live.ended(
        await live("POST", "/api/comparisons", {"versions": ["support@1"], "fresh": True, "max_tokens": 1})
    )
    assert stopped["result"]["cells"][0]["never_run"] == 5  # the first is what showed that another might pass it


async def test_a_folder_is_asked_about_and_nothing_of_it_stays(api, folder):
    planned = await api.ended(await api.upload(folder, "/api/folders/plan?repeats=2"))
    assert planned["result"]["sides"][0]["asked"] == 12
    drafts = await api.ended(await api.upload(folder, "/api/folders/drafts?limit=2"))
    assert all(task["draft"] for task in drafts["result"]["items"])
    for verb, why in (("weights", "at least 20"), ("thresholds", "at least 50"), ("tunings", "cites a page"),
                      ("sensitivity", "golden tasks")):  # fmt: skip
        ended = await api.ended(await api.upload(folder, f"/api/folders/{verb}"))
        assert (ended["state"], why in ended["error"]["message"]) == ("failed", True), ended
    assert (await api("GET", "/api/versions")).json["items"] == []
    assert not list(api.workspace.settings.home.glob("upload-*"))


async def test_edits_that_are_none_are_refused_before_anything_is_unpacked(api, folder):
    for query in ("prompt=none&questions=none", "prompt=nonsense", "budget=1"):
        assert (await api.upload(folder, f"/api/folders/sensitivity?{query}")).status == 400


@pytest.mark.parametrize("path", ["/api/builds", "/api/folders/plan", "/api/folders/drafts"])
async def test_python_of_a_folder_does_not_run_on_a_server(api, folder, path, tmp_path):
    (folder / "checks.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\ndef check(*_): return True\n")
    api.edit(folder, "golden/tasks.yaml", "expect:", "expect:\n    - python: checks.py:check\n   #")
    ended = await api.ended(await api.upload(folder, path))
    assert (ended["state"], "Python" in str(ended["error"])) == ("failed", True), ended
    assert not (tmp_path / "ran").exists()


async def test_a_key_for_another_mission_reaches_nothing_of_this_one(live, folder):
    other = await live.key("admin", missions=("other",))
    asked = [
        ("POST", "/api/plans", {"version": "support@1"}),
        ("POST", "/api/comparisons", {"versions": ["support@1"]}),
        ("POST", "/api/knowledge/search", {"version": "support", "question": "warranty"}),
        ("GET", "/api/knowledge/diff?old=support@1&new=support@1", b""),
        ("GET", "/api/versions/support/judges", b""),
        ("GET", "/api/versions/support/judges/x", b""),
        ("GET", "/api/versions/support/judges/x/unlabelled", b""),
        ("POST", "/api/versions/support/judges/x/labels", {"labels": [{"answer": "support@1/a", "value": 1}]}),
        ("POST", "/api/versions/support/judges/x/calibrations", b""),
        ("POST", "/api/versions/support/judges/x/comparisons", {"baseline": "support@1"}),
        ("POST", "/api/answers/annotations", {"answer": "support@1/a", "metric": "x", "value": 1}),
        ("POST", "/api/monitors/support/rollback", {}),
        ("GET", "/api/classifiers/toxicity/rows?mission=support", b""),
        ("GET", "/api/classifiers/toxicity/skew?mission=support", b""),
        ("GET", "/api/classifiers/toxicity/drift?mission=support", b""),
        ("GET", "/api/classifiers/toxicity/lineage", b""),
        ("POST", "/api/classifiers/toxicity/calibrations", {"mission": "support"}),
        ("POST", "/api/knowledge/collections", {}),
        ("POST", "/api/forgotten", {"user": "ana"}),
    ]
    for method, path, body in asked:
        assert (await live(method, path, body, key=other)).status == 403, path
    refused = await live.ended(await live.upload(folder, "/api/folders/drafts", key=other), key=other)
    assert "not for support" in refused["error"]["message"]


async def test_a_key_of_another_tenant_neither_finds_nor_forgets_what_is_not_its_own(live):
    acme = await live.key("admin", tenant="acme")
    await live.trace(user="ana")
    await live.trace(user="ana", tenant="acme")
    search = {"version": "support", "question": "warranty"}
    assert (await live("POST", "/api/knowledge/search", search, key=acme)).json["found"]
    assert (await live("POST", "/api/knowledge/search", search | {"tenant": "acme"}, key=acme)).status == 200
    for path, body in (
        ("/api/knowledge/search", search | {"tenant": "default"}),
        ("/api/forgotten", {"user": "ana", "tenant": "default"}),
        ("/api/monitors/support/rollback", {}),
        ("/api/classifiers/toxicity/calibrations", {"mission": "support"}),
    ):
        assert (await live("POST", path, body, key=acme)).status == 403, path
    done = (await live("POST", "/api/forgotten", {"user": "ana"}, key=acme)).json
    assert (done["traces"], done["tenant"], done["author"]) == (1, "acme", f"key {acme.split('_')[1]}")
    assert [trace.tenant for trace in await live.workspace.traces()] == ["default"]


async def test_knowledge_is_searched_with_reasons_and_looked_after(live):
    found = (
        await live("POST", "/api/knowledge/search", {"version": "support@1", "question": "warranty", "limit": 1})
    ).json
    assert [hit["fate"] for hit in found["found"]] == ["to the model"]
    told = (await live("POST", "/api/knowledge/collections", {"keep": 1})).json
    assert (told["done"], told["kept"]) == (False, ["support@1"])
    assert (await live("POST", "/api/knowledge/collections", {"apply": True})).json["done"]
    assert (await live("POST", "/api/knowledge/collections", {}, role="deployer")).status == 403


async def test_answers_made_elsewhere_are_scored_in_their_order(live):
    rows = [
        {"question": "How long?", "answer": text, "context": ["Thirty days."]} for text in ("Thirty days.", "Idiot.")
    ]
    first, second = (await live("POST", "/api/scores", {"rows": rows}, role="developer")).json["items"]
    toxic = [next(one["value"] for one in scores if one["metric"] == "toxicity") for scores in (first, second)]
    assert toxic[0] < toxic[1]
    assert (await live("POST", "/api/scores", {"rows": []})).status == 400


async def test_a_classifier_that_was_trained_elsewhere_is_registered_from_its_files(live, tmp_path):
    library = live.workspace.installed.classifiers
    folder = library.folder("toxicity", library.shipped("toxicity").digest)
    made = await live.upload(folder, "/api/classifiers", role="developer")
    assert (made.status, made.json["name"], made.json["digest"]) == (
        201,
        "toxicity",
        json.loads((folder / "card.json").read_text())["digest"],
    )
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/card.json").write_text("{}")
    assert (await live.upload(tmp_path / "broken", "/api/classifiers")).status == 400
    assert (await live.upload(folder, "/api/classifiers", role="viewer")).status == 403


async def test_promoting_a_calibrated_classifier_needs_a_deployer(live):
    asked = {"mission": "support", "promote": True}
    assert (await live("POST", "/api/classifiers/toxicity/calibrations", asked, role="developer")).status == 403
    said = await live("POST", "/api/classifiers/toxicity/calibrations", asked, role="deployer")
    assert (said.status, "Annotations" in said.error["message"]) == (400, True)
