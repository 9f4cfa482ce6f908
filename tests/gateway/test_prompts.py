"""``GET /api/prompts/NAME``: the live prompt and nothing older."""

from __future__ import annotations

from typing import Any

PATH = "/api/prompts/support"


async def test_the_live_prompt_comes_with_its_version_and_digest(gate: Any) -> None:
    version = await gate.deploy(await gate.version(system="Be brief."))

    reply = await gate.call("GET", PATH)

    part = version.part("prompt")
    assert reply.json == {
        "mission": "support", "environment": "production", "version": "support@1", "part": "p1",
        "digest": part.digest, "system": "Be brief.", "user": "", "variables": {},
    }  # fmt: skip
    assert reply.headers["cache-control"] == "private, no-cache"


async def test_what_the_caller_has_is_not_sent_again(gate: Any) -> None:
    await gate.deploy(await gate.version(system="Be brief."))
    etag = (await gate.call("GET", PATH)).headers["etag"]

    for known in (etag, f"W/{etag}", f'"old", {etag}', "*"):
        reply = await gate.call("GET", PATH, headers={"if-none-match": known})
        assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", etag)
    assert (await gate.call("GET", PATH, headers={"if-none-match": '"old"'})).status == 200


async def test_after_a_deployment_the_old_prompt_is_never_given_again(gate: Any) -> None:
    app = gate.application
    await app.start()
    try:
        await gate.deploy(await gate.version(system="Be brief."))
        etag = (await gate.call("GET", PATH, app=app)).headers["etag"]
        await gate.deploy(await gate.version(system="Be long."))

        reply = await gate.call("GET", PATH, app=app, headers={"if-none-match": etag})
    finally:
        await app.stop()

    assert (reply.status, reply.json["system"]) == (200, "Be long.")


async def test_each_environment_has_its_own(gate: Any) -> None:
    await gate.deploy(await gate.version(system="Be brief."))
    await gate.deploy(await gate.version(system="Be long."), "staging")

    assert (await gate.call("GET", f"{PATH}?environment=staging")).json["system"] == "Be long."
    assert (await gate.call("GET", f"{PATH}?environment=nowhere")).status == 404


async def test_a_viewer_may_ask_but_not_read_the_prompt(gate: Any) -> None:
    gate.open_locally = False
    await gate.deploy()
    viewer, _ = await gate.key("viewer")
    developer, _ = await gate.key("developer")

    assert (await gate.call("GET", PATH, key=viewer)).status == 403
    assert (await gate.call("GET", PATH, key=developer)).status == 200
