"""Every way an upstream can fail, JSON and streamed: what the client, the Trace and the upstream saw."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.gateway import mock_upstream as mock

from gonogo.clock import SystemClock
from gonogo.domain import NO_USAGE, Usage
from gonogo.pipeline import generate
from gonogo.providers import Endpoint, EndpointPool, Timeouts, openai_compatible, sse
from gonogo.providers.openai_compatible import OpenAICompatibleProvider

TOLD = Usage(input=9, output=4)
TRIES = generate.ATTEMPTS
FORMS = pytest.mark.parametrize("stream", [False, True], ids=["json", "stream"])


@dataclass(frozen=True)
class Row:
    """What a fault that persists looks like. ``streamed``: what a stream's client saw before it, where it saw any."""

    fault: mock.Fault
    status: int
    said: str
    tries: int = TRIES
    streamed: str = ""


ROWS = {
    "429": Row(mock.refusal(429), 429, "answered 429: no, 429"),
    "429 with Retry-After": Row(mock.refusal(429, retry_after_ms="1"), 429, "answered 429: no, 429"),
    "429 for long": Row(mock.refusal(429, retry_after="3600"), 429, "answered 429", tries=1),
    "500": Row(mock.refusal(500), 502, "answered 500: no, 500. The fault is at upstream"),
    "503 with Retry-After": Row(mock.refusal(503, retry_after="0"), 502, "answered 503"),
    "400": Row(mock.refusal(400), 400, "answered 400: no, 400", tries=1),
    "401": Row(mock.refusal(401), 502, "No key was sent", tries=1),
    "redirect": Row(mock.refusal(307, location="http://127.0.0.1:1/"), 502, "Redirects are not followed", tries=1),
    "wrong content type": Row(mock.page, 502, "answered with text/html", tries=1),
    "malformed": Row(mock.malformed, 502, "no chat completion"),
    "cut before its first piece": Row(mock.cut(0), 502, "not a whole answer"),
    "cut after two pieces": Row(mock.cut(2), 502, "not a whole answer", streamed="Thirty days"),
    "ends early": Row(mock.ends_early, 502, "upstream ", streamed="Thirty days"),
    "error within": Row(mock.error_within, 502, "no, out of memory", streamed="Thirty days"),
    "reset at once": Row(mock.resets_at_once, 502, "upstream broke the connection off"),
    "reset in its headers": Row(mock.resets_in_its_headers, 502, "upstream broke the connection off"),
    "closed without a word": Row(mock.closes_without_a_word, 502, "upstream broke the connection off"),
    "no HTTP": Row(mock.speaks_no_http, 502, "upstream "),
    "no answer in time": Row(mock.stalls, 502, "(first_token_timeout in settings)"),
    "nothing more in time": Row(mock.stalls_after_two, 502, "stopped sending", streamed="Thirty days"),
    "endless": Row(mock.endless, 502, "upstream ", tries=1),
}
PERSISTS = pytest.mark.parametrize("name", list(ROWS))
HEALTHY = pytest.mark.parametrize("fault", [mock.fine, mock.drip, mock.all_at_once, mock.late, mock.large])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "FIRST_DELAY", 0.001)
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 4 << 20)
    monkeypatch.setattr(openai_compatible, "MAX_REPLY_BYTES", 4 << 20)


class Matrix:
    """A gateway in front of one misbehaving upstream."""

    def __init__(self, gate: Any) -> None:
        self.gate = gate

    @asynccontextmanager
    async def before(self, url: str, **timeouts: float) -> AsyncIterator[Any]:
        """A real server whose one model is at that address."""
        limits = Timeouts(**{"first_token": 5.0, "between_tokens": 5.0, "total": 10.0, **timeouts})
        pool = EndpointPool(
            "upstream",
            [Endpoint("there", OpenAICompatibleProvider("upstream", url, timeouts=limits))],
            SystemClock(),
        )
        self.gate.model = pool
        await self.gate.deploy()
        async with self.gate.listening() as line:
            yield line
        await pool.close()

    async def ask(self, upstream: mock.MockUpstream, stream: bool, **timeouts: float) -> Any:
        async with upstream.listening(), self.before(upstream.url, **timeouts) as line:
            return await line.chat(self.gate.question(stream=stream))


@pytest.fixture
def matrix(gate: Any) -> Matrix:
    return Matrix(gate)


def in_time(name: str, stream: bool) -> dict[str, float]:
    """Short limits where the fault is silence, generous ones elsewhere."""
    if "in time" not in name:
        return {}
    return {"first_token": 0.1, "between_tokens": 0.1} if stream else {"total": 0.1}


@FORMS
@PERSISTS
async def test_a_fault_that_persists_is_told_traced_and_asked_no_more_than_it_should(
    matrix: Matrix, name: str, stream: bool
) -> None:
    row, upstream = ROWS[name], mock.MockUpstream(ROWS[name].fault)
    begun = stream and row.streamed

    reply = await matrix.ask(upstream, stream, **in_time(name, stream))

    error = reply.events[-1]["error"] if begun else reply.error
    said = "(timeout in settings)" if "no answer in time" in name and not stream else row.said
    assert said in error["message"]
    assert error["blame"] == "upstream"
    assert reply.status == (200 if begun else row.status)
    assert b"[DONE]" not in reply.body
    if begun:
        assert reply.text == row.streamed

    tries = 1 if begun else row.tries
    trace = await matrix.gate.trace()
    assert len(upstream.asked) == len(trace.calls) == tries
    assert all(body["stream"] is stream for body in upstream.asked)
    assert (trace.outcome, trace.answer) == ("failed", row.streamed if begun else "")
    assert all(said in (call.error or "") for call in trace.calls)
    assert {str(call.endpoint) for call in trace.calls} == {"there"}
    assert reply.headers["x-gonogo-trace"] == trace.id

    refused = row.status in (400, 429) or "answered" in row.said or "Redirects" in row.said or "No key" in row.said
    if refused and row.fault is not mock.page:
        assert trace.usage == Usage(calls=tries)
    else:
        assert trace.usage.estimated
        assert trace.usage.calls == tries
    if begun:
        assert trace.usage.output > 0


@FORMS
@PERSISTS
async def test_a_fault_that_passes_is_mended_before_the_first_byte_and_never_after_it(
    matrix: Matrix, name: str, stream: bool
) -> None:
    row, upstream = ROWS[name], mock.MockUpstream(ROWS[name].fault, mock.fine)

    reply = await matrix.ask(upstream, stream, **in_time(name, stream))

    trace = await matrix.gate.trace()
    if row.tries == 1 or (stream and row.streamed):
        assert (len(upstream.asked), trace.outcome) == (1, "failed")
        return
    assert (reply.status, reply.text) == (200, "Thirty days from delivery.")
    assert (trace.outcome, trace.answer) == ("answered", "Thirty days from delivery.")
    assert [call.error is None for call in trace.calls] == [False, True]
    assert trace.calls[1].usage == TOLD
    if stream:
        assert reply.events[-1] == "[DONE]"


@FORMS
@HEALTHY
async def test_an_unusual_but_whole_answer_comes_through(matrix: Matrix, fault: mock.Fault, stream: bool) -> None:
    upstream = mock.MockUpstream(fault)

    reply = await matrix.ask(upstream, stream)

    assert reply.status == 200
    assert reply.text == ("x" * (1 << 20) if fault is mock.large else "Thirty days from delivery.")
    trace = await matrix.gate.trace()
    assert (trace.outcome, trace.usage, trace.answer) == ("answered", TOLD, reply.text)
    assert len(upstream.asked) == 1


@FORMS
async def test_nobody_listening_is_told_with_the_address(matrix: Matrix, stream: bool) -> None:
    async with mock.MockUpstream().listening() as gone:
        url = gone.url
    async with matrix.before(url) as line:
        reply = await line.chat(matrix.gate.question(stream=stream))

    assert reply.status == 502
    assert f"cannot be reached at {url.split('/')[2]}" in reply.error["message"]
    assert len((await matrix.gate.trace()).calls) == TRIES


@FORMS
async def test_an_address_that_never_connects_is_given_up_after_the_connect_timeout(
    matrix: Matrix, stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*given: Any, **named: Any) -> Any:
        await asyncio.Event().wait()

    async with mock.MockUpstream().listening() as upstream, matrix.before(upstream.url, connect=0.05) as line:
        asking = line.request("POST", "/v1/chat/completions", matrix.gate.question(stream=stream))
        reader, writer = await line.open()
        monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", never)
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", never)
        writer.write(asking)
        reply = await line.read(reader)
        writer.close()

    assert reply.status == 502
    assert "cannot be reached" in reply.error["message"]
    assert upstream.asked == []


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that nobody has signed but itself, and its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the command openssl")
    folder: Path = tmp_path_factory.mktemp("certificate")
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [openssl, *made, "-subj", "/CN=mock", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True,
        capture_output=True,
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """A server's side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


@FORMS
async def test_a_certificate_that_is_not_trusted_stops_the_call_before_anything_is_said(
    matrix: Matrix, tls: ssl.SSLContext, stream: bool
) -> None:
    upstream = mock.MockUpstream()
    async with upstream.listening(tls), matrix.before(upstream.url) as line:
        reply = await line.chat(matrix.gate.question(stream=stream))

    assert reply.status == 502
    assert "certificate that this machine does not trust" in reply.error["message"]
    assert upstream.asked == []


@FORMS
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_a_trusted_certificate_opens_to_its_own_name_alone(
    matrix: Matrix,
    certificate: tuple[Path, Path],
    tls: ssl.SSLContext,
    stream: bool,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    upstream = mock.MockUpstream(mock.drip)
    async with upstream.listening(tls), matrix.before(upstream.url.replace("127.0.0.1", name)) as line:
        replies = [await line.chat(matrix.gate.question(stream=stream)) for _ in range(2)]

    if name == "127.0.0.1":
        assert [reply.text for reply in replies] == ["Thirty days from delivery."] * 2
    else:
        assert "certificate that this machine does not trust" in replies[0].error["message"]
        assert upstream.asked == []


@FORMS
async def test_a_handshake_that_never_ends_is_given_up_after_the_connect_timeout(matrix: Matrix, stream: bool) -> None:
    async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        writer.close()

    silent = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{silent.sockets[0].getsockname()[1]}/v1"
    async with matrix.before(url, connect=0.05) as line:
        reply = await line.chat(matrix.gate.question(stream=stream))
    silent.close()

    assert reply.status == 502
    assert "within 0.05 s" in reply.error["message"]


@FORMS
async def test_tls_at_a_server_without_it_says_so(matrix: Matrix, stream: bool) -> None:
    upstream = mock.MockUpstream()
    async with upstream.listening(), matrix.before(upstream.url.replace("http://", "https://")) as line:
        reply = await line.chat(matrix.gate.question(stream=stream))

    assert reply.status == 502
    assert "does not speak TLS" in reply.error["message"]
    assert upstream.asked == []


@pytest.mark.parametrize(
    ("fault", "took_it"),
    [(mock.cut(2), True), (mock.ends_early, True), (mock.resets_at_once, False), (mock.resets_in_its_headers, False)],
    ids=["in the middle", "ends early", "at once", "in its headers"],
)
async def test_an_upstream_that_breaks_off_a_json_answer_has_read_its_question(
    matrix: Matrix, fault: mock.Fault, took_it: bool
) -> None:
    upstream = mock.MockUpstream(fault)
    async with upstream.listening(), matrix.before(upstream.url) as line:
        assert (await line.chat(matrix.gate.question("q" * 400))).status == 502
        trace = await matrix.gate.trace()
    assert {call.usage.input for call in trace.calls} == ({100} if took_it else {0})
    assert trace.usage.estimated


@FORMS
@pytest.mark.parametrize("fault", [mock.stalls, mock.stalls_after_two], ids=["before the first token", "after two"])
async def test_a_client_that_leaves_stops_the_upstream_and_its_tokens_are_booked(
    matrix: Matrix, stream: bool, fault: mock.Fault
) -> None:
    upstream = mock.MockUpstream(fault)
    async with upstream.listening(), matrix.before(upstream.url) as line:
        reader, writer = await line.open()
        writer.write(line.request("POST", "/v1/chat/completions", matrix.gate.question("q" * 400, stream=stream)))
        await asyncio.wait_for(upstream.arrived.wait(), 5)
        if stream and fault is mock.stalls_after_two:
            await asyncio.wait_for(reader.readuntil(b" days"), 5)
        writer.close()
        await asyncio.wait_for(upstream.left.wait(), 5)
        trace = await matrix.gate.trace()

    assert (len(upstream.asked), upstream.hung_up, trace.outcome) == (1, 1, "aborted")
    assert trace.usage.estimated
    assert trace.usage.input >= 100
    if stream and fault is mock.stalls_after_two:
        assert trace.usage.output == -(-len("Thirty days") // 4)


@FORMS
async def test_an_upstream_that_keeps_failing_is_left_alone_and_found_again(matrix: Matrix, stream: bool) -> None:
    upstream = mock.MockUpstream(*[mock.refusal(500)] * 5, mock.fine)
    async with upstream.listening(), matrix.before(upstream.url) as line:
        question = matrix.gate.question(stream=stream)
        statuses = [(await line.chat(question)).status for _ in range(2)]
        resting = await line.chat(question)
        asked = len(upstream.asked)
        [endpoint] = matrix.gate.model._endpoints
        endpoint.circuit._open_until = 0.0  # its rest is over
        back = await line.chat(question)

    assert statuses == [502, 503]
    assert (resting.status, asked) == (503, 5)
    assert int(resting.headers["retry-after"]) >= 1
    assert back.status == 200
    traces = {trace.id: trace for trace in await matrix.gate.traces()}
    assert str(traces[back.headers["x-gonogo-trace"]].calls[0].endpoint) == "there (probe)"
    passed_over = traces[resting.headers["x-gonogo-trace"]]
    assert [call.usage for call in passed_over.calls] == [NO_USAGE]


@FORMS
async def test_the_next_address_answers_without_waiting_for_the_first(gate: Any, stream: bool) -> None:
    bad, good = mock.MockUpstream(mock.refusal(429, retry_after="3600")), mock.MockUpstream()
    async with bad.listening(), good.listening():
        endpoints = [
            Endpoint(name, OpenAICompatibleProvider("upstream", server.url), weight=weight)
            for name, server, weight in (("bad", bad, 1e9), ("good", good, 1.0))
        ]
        gate.model = EndpointPool("upstream", endpoints, SystemClock())
        await gate.deploy()
        async with gate.listening() as line:
            replies = [await line.chat(gate.question(stream=stream)) for _ in range(5)]
        await gate.model.close()

    assert [reply.text for reply in replies] == ["Thirty days from delivery."] * 5
    assert (len(bad.asked), len(good.asked)) == (1, 5)
    first = next(trace for trace in await gate.traces() if trace.id == replies[0].headers["x-gonogo-trace"])
    assert [str(call.endpoint) for call in first.calls] == ["bad", "good (resting: bad)"]
