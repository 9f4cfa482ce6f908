"""A critical task that fails once, proven and deployed over HTTP: the server finds the same Verdict again."""

from __future__ import annotations

from collections import Counter

from msgspec import structs

from gonogo.metrics import BuiltInAssertions

PRODUCTION = "/api/environments/support/production"


async def test_a_flake_that_reruns_clear_is_go_for_the_server_too(api, folder, monkeypatch):
    asked: Counter[str] = Counter()
    judge = BuiltInAssertions.judge

    def flaking(self, assertion, answer):
        asked[answer.question] += 1
        found = judge(self, assertion, answer)
        once = "Mona Lisa" in answer.question and asked[answer.question] == 1
        return structs.replace(found, value=0.0, passed=False) if once else found

    monkeypatch.setattr(BuiltInAssertions, "judge", flaking)
    await api.ended(await api.upload(folder))
    verdict = (await api.ended(await api("POST", "/api/evaluations", {"version": "support@1"})))["result"]
    [critical] = verdict["critical"]
    assert (critical["passed"], critical["standing"], critical["reruns"]) == (False, "flaked", [True, True, True])
    assert verdict["outcome"] == "GO"
    made = await api("POST", f"{PRODUCTION}/deployments", {"version": "support@1"}, role="deployer")
    assert made.status == 201, made.json
