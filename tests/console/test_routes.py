"""Who may read what, and what a page says when there is nothing to read."""

from __future__ import annotations

import pytest

from gonogo.console import console_routes
from gonogo.console.pages import POLICY
from gonogo.console.refusals import page_error
from gonogo.errors import KeyRefused, NotAllowed, NotFound, StoreBusy
from gonogo.store.open import FILE_NAME


async def test_every_page_needs_a_viewer_and_static_files_nobody(team):
    roles = {route.path: route.role for route in console_routes(team.workspace)}
    assert roles == {
        "/": "viewer",
        "/traces/{id}": "viewer",
        "/versions/{name}": "viewer",
        "/verdicts/{id}": "viewer",
        "/static/{file}": None,
    }


async def test_the_console_only_reads(team):
    assert {route.method for route in console_routes(team.workspace)} == {"GET"}


@pytest.mark.parametrize(
    "path",
    ["/traces/" + "0" * 32, "/traces/short", "/verdicts/none", "/versions/nobody", "/versions/a b", "/versions/@"],
)
async def test_a_name_that_does_not_exist_is_not_found(team, path):
    with pytest.raises(NotFound):
        await team.get(path)


async def test_a_misspelt_mission_is_told_the_nearest(team):
    await team.build()
    with pytest.raises(NotFound, match="did you mean 'support'"):
        await team.get("/versions/suport@1")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (NotFound("there is no Trace <b>"), 404, "Not found"),
        (KeyRefused("a key is needed"), 401, "as the password"),
        (NotAllowed("this key is not for <b>"), 403, "Not allowed"),
        (StoreBusy("the disk is full"), 503, "The store does not answer"),
        (ValueError("secret of the inside"), 500, "This is our bug"),
    ],
)
def test_why_there_is_no_page_is_a_page(error, status, said, caplog):
    reply = page_error(error)
    page = reply.body.decode()
    assert (reply.status, reply.content_type, said in page) == (status, "text/html; charset=utf-8", True)
    assert reply.headers["content-security-policy"] == POLICY
    assert ("www-authenticate" in reply.headers) is (status == 401)
    assert "<b>" not in page
    assert "secret" not in page
    assert ("secret" in caplog.text) is (status == 500)


async def test_a_damaged_store_gives_a_page_that_says_so_without_a_traceback(team):
    await team.prove_and_deploy()
    _damage(team)
    reply = await team.get("/")
    page = reply.body.decode()
    assert reply.status == 503
    assert "The store does not answer" in page
    assert FILE_NAME in page
    assert "Traceback" not in page


@pytest.mark.parametrize("path", ["/traces/" + "0" * 32, "/verdicts/none", "/versions/support@1"])
async def test_no_page_takes_a_damaged_store_for_a_wrong_name(team, path):
    await team.prove_and_deploy()
    _damage(team)
    assert (await team.get(path)).status == 503


def _damage(team) -> None:
    file = team.workspace.settings.home / FILE_NAME
    for part in (file, file.with_name(FILE_NAME + "-wal")):
        size = part.stat().st_size
        with part.open("r+b") as opened:
            opened.write(b"\xff" * size)
