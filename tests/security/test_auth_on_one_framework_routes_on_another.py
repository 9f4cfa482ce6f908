"""One door before every route, whatever way its path is written.

That each route has its role, and that each role may do what it may and nothing more, is in
``tests/gateway/test_every_route.py``; here are the ways round the door.
"""

from __future__ import annotations

import pytest

VIEWS = ("/api/keys", "/api/traces", "/api/versions", "/", "/metrics", "/v1/models")


def variants(path: str) -> list[str]:
    return [
        path, path + "/", "//" + path.lstrip("/"), path.upper(), path + "?", path + "#x", path + "%2f", path + ";x",
        "/static/.." + path, "/health/.." + path, "/static/%2e%2e" + path, "/./" + path.lstrip("/"), path + "%00",
        path.replace("a", "%61"), "/v1/../" + path.lstrip("/"), "http://127.0.0.1" + path, path + "/../health",
    ]  # fmt: skip


METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", VIEWS)
async def test_no_way_to_write_a_path_or_method_leads_past_the_door(api, method, path):
    for written in variants(path):
        refused = await api(method, written, authorization="")
        # Methods are written in capitals: what is not is no HTTP at all.
        expected = (401, 404, 405) if method.isupper() else (400,)
        assert refused.status in expected, f"{method} {written} gave {refused.status}"


@pytest.mark.parametrize(
    "headers",
    [
        {"x-original-url": "/health"},
        {"x-rewrite-url": "/health"},
        {"x-forwarded-for": "127.0.0.1"},
        {"x-real-ip": "127.0.0.1"},
        {"x-http-method-override": "GET"},
        {"forwarded": "for=127.0.0.1"},
        {"x-forwarded-user": "admin"},
        {"cookie": "session=admin"},
        {"host": "localhost"},
    ],
    ids=str,
)
async def test_no_header_of_a_proxy_lets_anybody_in(api, headers):
    for path in VIEWS:
        assert (await api("GET", path, authorization="", **headers)).status == 401


async def test_what_is_open_to_all_is_health_and_files_of_ours_and_nothing_is_changed_by_it(api):
    open_to_all = {(route.method, route.path) for route in api.routes if route.role is None}
    assert open_to_all == {("GET", "/health"), ("GET", "/static/{file}")}
