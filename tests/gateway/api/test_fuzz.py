"""Whatever is sent, no request gives a 500, and every reply is as the document says.

Requests are made from the document: values that fit its schemas, values that nearly do, and plain nonsense.
"""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonogo.errors import GonogoError
from gonogo.gateway.api.openapi import document
from gonogo.gateway.api.table import ENDPOINTS

DOCUMENT = document(ENDPOINTS)
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
TRIED = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
NAMES = ["support", "support@1", "support:production", "production", "toxicity", "prompt", "0" * 32, "support@1" * 9]
NASTY = ["", " ", "\x00", "../../etc/passwd", "%", "'; DROP TABLE traces;--", "\ud7ff", "𝟙", "a" * 3000, "-1", "@", ":"]
LARGE = [2**31, 2**63, 2**64, -(2**63) - 1]
texts = st.one_of(st.sampled_from(NAMES), st.sampled_from(NASTY), st.text(max_size=40))
numbers = st.one_of(st.integers(), st.integers(-3, 70), st.floats(), st.sampled_from(LARGE))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=8,
)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a schema, mostly; now and then something else."""
    return st.one_of(_fitting(schema), _fitting(schema), _fitting(schema), anything)


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _fitting(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([_fitting(one) for one in schema["anyOf"]])
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        needed = {name: fitting(schema["properties"][name]) for name in schema.get("required", ())}
        more = {name: fitting(one) for name, one in schema["properties"].items() if name not in needed}
        return st.fixed_dictionaries(needed, optional={**more, "surprise": anything})
    if kind == "array":
        items = schema.get("items")
        return st.lists(_fitting(items) if isinstance(items, dict) else anything, max_size=3)
    return {
        "string": texts,
        "integer": st.integers(schema.get("minimum", -(2**40)), schema.get("maximum", 2**40)),
        "number": st.one_of(st.floats(0, 1), numbers),
        "boolean": st.booleans(),
        "null": st.none(),
    }.get(kind, anything)


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS])
async def test_no_request_gives_a_500(live, method, path, operation):
    await live.trace()
    loop = asyncio.get_running_loop()

    @TRIED
    @given(data=st.data())
    def tried(data: st.DataObject) -> None:
        asked = path
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                value = data.draw(texts.filter(lambda text: text not in ("", ".", "..")))
                asked = asked.replace("{" + parameter["name"] + "}", quote(value, safe=""))
        query = {
            parameter["name"]: str(data.draw(fitting(parameter["schema"])))
            for parameter in operation["parameters"]
            if parameter["in"] == "query" and (parameter["required"] or data.draw(st.booleans()))
        }
        if query:
            asked += "?" + "&".join(f"{name}={_quoted(value)}" for name, value in query.items())
        body, kind = _body(data, operation)
        headers = {"content_type": kind} if body else {}
        if data.draw(st.booleans()):
            headers["if_match"] = data.draw(st.sampled_from(['"1"', "*", "", "x", '"' + "9" * 30 + '"', "²"]))
        answered = asyncio.run_coroutine_threadsafe(asking(live, method, asked, body, headers), loop).result(60)
        assert answered.status < 500, (asked, body, answered.body)

    await asyncio.to_thread(tried)


async def asking(live: Any, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
    answered = await live(method, path, body, **headers)
    for operation in live.workspace.operations.all():
        await live.workspace.operations.cancel(operation)
        assert operation.error is None or isinstance(operation.error, GonogoError)
    return answered


def _quoted(value: str) -> str:
    return quote(value.encode("utf-8", "replace"), safe="")


def _body(data: st.DataObject, operation: dict[str, Any]) -> tuple[bytes, str]:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/x-tar" in content:
        return data.draw(archives()), "application/x-tar"
    if not content:
        return data.draw(st.sampled_from([b"", b"", b"{}", b"x"])), "application/json"
    value = data.draw(fitting(content["application/json"]["schema"]))
    written = _written(value)
    return data.draw(st.one_of(st.just(written), st.just(written), st.binary(max_size=60))) or b"{}", "application/json"


def _written(value: Any) -> bytes:
    return json.dumps(value).encode()  # NaN and infinities too, as careless clients write them


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """Tars of few strange members, and noise."""
    held = io.BytesIO()
    written = draw(st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
    with tarfile.open(fileobj=held, mode="w:", format=written) as tar:
        for _ in range(draw(st.integers(0, 3))):
            member = tarfile.TarInfo(draw(st.sampled_from(MEMBERS)))
            member.type = draw(st.sampled_from(TYPES))
            member.linkname = "/etc/passwd"
            member.mtime = draw(st.integers(0, 2**34))
            content = draw(st.one_of(st.binary(max_size=80), st.just(b"mission: support\n")))
            member.size = len(content) if member.type == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(content))
    whole = held.getvalue()
    cut = draw(st.integers(0, len(whole)))
    return draw(st.sampled_from([whole, whole, whole[:cut], b"x" * 600, draw(st.binary(max_size=1200))])) or b"x"


MEMBERS = ["mission.yaml", "knowledge/a.md", "../out", "/etc/x", "a\\b", ".", "a/../b", "mission.yaml/x"]
TYPES = [tarfile.REGTYPE, tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE]
