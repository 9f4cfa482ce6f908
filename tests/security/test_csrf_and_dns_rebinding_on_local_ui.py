"""A page of another site can neither read nor change anything on a server of this machine, with keys or without."""

from __future__ import annotations

import pytest
from tests.gateway.api.conftest import send

from gonogo.gateway import Application, Door

ORIGINS = ("https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost.evil.example:8420", "file://", "")
HOSTS = ("evil.example:8420", "127.0.0.1.nip.io", "localhost.evil.example", "127.0.0.1@evil.example", "")


@pytest.fixture
async def local(live):
    """The same server where no key exists: whoever is on this machine may do everything."""
    live.local = Application(live.routes, Door(Keyless(), open_locally=True), max_body=1 << 20, max_in_flight=8)
    return live


class Keyless:
    async def has_keys(self):
        return False

    async def key(self, key_id):
        return None


async def ask(server, method, path, **headers):
    return await send(server.local, method, path, b"", {"host": "127.0.0.1:8420", "content-length": "0", **headers})


async def test_without_keys_this_machine_may_do_everything(local):
    assert (await ask(local, "GET", "/api/keys")).status == 200
    assert (await ask(local, "GET", "/")).status == 200


@pytest.mark.parametrize("origin", ORIGINS)
async def test_no_page_of_another_site_is_let_in_to_any_route(local, origin):
    for route in local.routes:
        path = "/".join("x" if "{" in part else part for part in route.path.split("/"))
        answered = await ask(local, route.method, path, origin=origin)
        assert answered.status == 403, f"{route.method} {path} with {origin!r}: {answered.status}"


@pytest.mark.parametrize("host", HOSTS)
async def test_no_name_that_may_be_rebound_is_answered_without_keys(local, host):
    for route in local.routes:
        path = "/".join("x" if "{" in part else part for part in route.path.split("/"))
        assert (await ask(local, route.method, path, host=host)).status == 403, f"{route.method} {path} as {host!r}"


async def test_no_reply_lets_another_site_read_it(live):
    for method in ("GET", "OPTIONS"):
        answered = await live(method, "/api/versions", origin="https://evil.example")
        assert not [name for name in answered.headers if name.startswith("access-control-")]


async def test_nothing_is_changed_by_a_get_and_no_cookie_is_ever_set(live):
    for route in live.routes:
        if route.method != "GET":
            continue
        path = route.path.replace("{mission}", "support").replace("{name}", "support").replace("{file}", "console.css")
        path = "/".join("x" if "{" in part else part for part in path.split("/"))
        answered = await live("GET", path)
        assert "set-cookie" not in answered.headers
    history = (await live("GET", "/api/deployments?mission=support")).json["items"]
    assert len(history) == 1


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
async def test_a_body_that_a_form_of_another_site_could_send_is_refused(live, kind):
    refused = await live("POST", "/api/environments/support/production/rollback", b"{}", content_type=kind)
    assert refused.status == 415
