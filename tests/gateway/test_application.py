"""The application: methods, paths, limits, errors."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.gateway import in_memory
from tests.gateway.conftest import HOST

from gonogo.contracts import HttpReply, HttpRequest, Route
from gonogo.gateway import exchange
from gonogo.providers import Scripted, ScriptedModel


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
async def test_a_wrong_method_is_told_the_right_one(gate: Any, method: str) -> None:
    reply = await gate.call(method, "/v1/chat/completions")

    assert reply.status == 405
    assert reply.headers["allow"] == "POST"
    assert reply.error["code"] == "method_not_allowed"


async def test_a_path_with_a_name_in_it_knows_its_methods_too(gate: Any) -> None:
    reply = await gate.call("POST", "/v1/models/support")

    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


async def test_head_is_served_where_get_is(gate: Any) -> None:
    assert (await gate.call("HEAD", "/v1/models")).status == 200


@pytest.mark.parametrize("path", ["/v2", "/v1/chat", "/v1/chat/completions/", "//v1/models", "/v1/models/a/b"])
async def test_an_unknown_path_is_said_to_be_one(gate: Any, path: str) -> None:
    reply = await gate.call("GET", path)

    assert reply.status == 404
    assert path in reply.error["message"]


async def test_every_reply_carries_the_security_headers(gate: Any) -> None:
    for reply in (await gate.call("GET", "/health"), await gate.call("GET", "/nothing"), await gate.chat(b"{")):
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["x-frame-options"] == "DENY"
        assert reply.headers["referrer-policy"] == "no-referrer"


async def test_a_body_over_the_limit_is_refused_before_it_is_read(gate: Any) -> None:
    reply = await gate.chat(b"x", headers={"content-length": str(10 << 20)})

    assert reply.status == 413
    assert reply.error["blame"] == "client"


async def test_a_body_that_grows_over_the_limit_is_refused(gate: Any) -> None:
    pieces = b"40000\r\n" + b"x" * (1 << 18) + b"\r\n"
    head = in_memory.request("POST", "/v1/chat/completions", b"", {"host": HOST, "transfer-encoding": "chunked"})

    status, _, _ = in_memory.read(await in_memory.asked(gate.application, head + pieces * 5))

    assert status == 413


async def test_a_body_that_does_not_come_is_given_up(gate: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "BODY_WITHIN", 0.0)
    reply = await gate.chat(b"{", headers={"content-length": "100"})

    assert reply.status == 408
    assert reply.headers["connection"] == "close"


async def test_ten_megabytes_of_messages_are_refused_on_a_real_connection(gate: Any) -> None:
    await gate.deploy()
    body = msgspec.json.encode(gate.question("x" * (10 << 20)))

    async with gate.listening() as line:
        reply = await line.chat(body)
        again = await line.chat()

    assert (reply.status, again.status) == (413, 200)


async def test_overload_is_refused_with_a_time_to_come_back_but_health_still_answers(gate: Any) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def wait(seconds: float) -> None:
        asked.set()
        await may_answer.wait()

    gate.model = ScriptedModel([Scripted(text="ok", delay=1.0)], sleep=wait)
    gate.limits["max_in_flight"] = 1
    await gate.deploy()
    app = gate.application

    first = asyncio.create_task(gate.chat(app=app))
    await asked.wait()
    second = await gate.chat(app=app)
    health = await gate.call("GET", "/health", app=app)
    may_answer.set()

    assert (second.status, second.headers["retry-after"], second.error["type"]) == (429, "1", "rate_limit_error")
    assert health.status == 200
    assert (await first).status == 200
    assert (await gate.chat(app=app)).status == 200


async def test_a_bug_in_a_handler_is_a_clear_500_and_its_traceback_is_in_the_log(
    gate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(http: HttpRequest) -> HttpReply:
        raise ZeroDivisionError("secret detail")

    gate.extra_routes = [Route(method="GET", path="/broken", handler=broken, role="viewer")]

    reply = await gate.call("GET", "/broken")

    assert reply.status == 500
    assert reply.error["blame"] == "gateway"
    assert "secret detail" not in reply.body.decode()
    assert "secret detail" in caplog.text


async def test_a_handler_sees_query_path_values_and_caller(gate: Any) -> None:
    seen: list[HttpRequest] = []

    async def look(http: HttpRequest) -> HttpReply:
        seen.append(http)
        return HttpReply(status=204)

    gate.extra_routes = [Route(method="GET", path="/a/{name}/b", handler=look, role="viewer")]

    reply = await gate.call("GET", "/a/x%20y/b?limit=5&empty=&q=%C3%A9")

    assert reply.status == 204
    assert seen[0].path_values == {"name": "x y"}
    assert seen[0].query == {"limit": "5", "empty": "", "q": "é"}
    assert seen[0].caller.role == "admin"


async def test_a_header_no_server_could_send_does_not_break_the_reply(gate: Any) -> None:
    async def named(http: HttpRequest) -> HttpReply:
        return HttpReply(headers={"x-name": "žluťoučký"})

    gate.extra_routes = [Route(method="GET", path="/named", handler=named, role="viewer")]

    assert (await gate.call("GET", "/named")).status == 200


async def test_what_is_served_starts_before_the_first_request(gate: Any) -> None:
    await gate.deploy()
    app = gate.application

    await app.start()
    live = (await gate.serving.health())["live"]
    await app.stop()

    assert live == {"support:production": "support@1"}


@pytest.mark.parametrize(
    "path", ["/v1/chat/completion%73", "/%76%31/chat/completions", "http://elsewhere/v1/chat/completions"]
)
async def test_one_path_written_in_another_way_is_the_same_path(gate: Any, path: str) -> None:
    await gate.deploy()

    assert (await gate.call("POST", path, gate.question())).status == 200


async def test_a_slash_that_is_written_otherwise_does_not_part_a_path(gate: Any) -> None:
    assert (await gate.call("GET", "/v1%2Fmodels")).status == 404
    assert (await gate.call("GET", "/v1/models/a%2Fb")).error["message"].startswith("no model 'a/b'")


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_messages = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "tool"])},
        optional={"content": _values, "tool_calls": _values, "name": _values, "refusal": _values},
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    messages=_messages | _values,
    fields=st.dictionaries(
        st.sampled_from(["temperature", "max_tokens", "stop", "tools", "response_format", "user", "stream", "x", "n"]),
        _values,
        max_size=3,
    ),
)
async def test_arbitrary_json_is_never_a_500(gate: Any, messages: Any, fields: dict[str, Any]) -> None:
    if not gate.serving._live:
        from gonogo.classifiers import SHIPPED, LinearClassifier, feature_set, read_folder
        from gonogo.domain import GuardrailRule
        from gonogo.guardrails import build

        judges = {"injection": LinearClassifier(read_folder(SHIPPED / "injection"), feature_set("injection"))}
        rules = [GuardrailRule(check=check, action="flag") for check in ("pii", "injection")]
        rails = [build(rule, "input", classifiers=judges) for rule in rules]
        gate.parts["input_guardrails"] = tuple(rails)
        gate.parts["output_guardrails"] = (build(GuardrailRule(check="pii", action="redact"), "output"),)
        await gate.deploy()

    reply = await gate.chat({"model": "support", "messages": messages, **fields})

    assert reply.status in (200, 400)
    if reply.status == 400:
        assert reply.error["blame"] == "client"
        assert reply.error["type"] == "invalid_request_error"


async def test_a_burst_over_the_limit_is_answered_once_there_is_room(gate: Any) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def wait(seconds: float) -> None:
        asked.set()
        await may_answer.wait()

    gate.model = ScriptedModel([Scripted(text="ok", delay=1.0)], sleep=wait)
    gate.limits.update(max_in_flight=1, max_waiting=2, max_wait=60.0)
    await gate.deploy()
    app = gate.application

    first = asyncio.create_task(gate.chat(app=app))
    await asked.wait()
    burst = [asyncio.create_task(gate.chat(app=app)) for _ in range(2)]
    for _ in range(20):
        await asyncio.sleep(0)
    assert app.turnstile.queued == 2
    refused = await gate.chat(app=app)
    may_answer.set()

    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert [reply.status for reply in await asyncio.gather(first, *burst)] == [200, 200, 200]
    assert app.turnstile.inside == 0
