"""Artifacts have opaque ids; no path of a request is ever opened; what is sent is unpacked inside its folder or not at
all."""

from __future__ import annotations

import io
import tarfile

import pytest

PASSWD = "root:"
NAMES = ["../../etc/passwd", "/etc/passwd", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "....//etc/passwd",
         "..\\..\\windows\\win.ini", "file:///etc/passwd", "console.css/../../pages.py", "%00", "~/.ssh"]  # fmt: skip
PLACES = ("/static/{}", "/traces/{}", "/versions/{}", "/verdicts/{}", "/api/runs/{}", "/api/versions/{}",
          "/api/classifiers/{}", "/api/operations/{}", "/api/missions/{}/parts/prompt", "/v1/models/{}")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", PLACES)
async def test_no_name_in_an_address_is_a_path(live, place, name):
    for written in (name, live.quote(name, safe="")):
        answered = await live("GET", place.format(written))
        assert answered.status in (400, 404), answered.body[:200]
        assert PASSWD not in answered.body.decode()


def tarred(*members: tarfile.TarInfo, content: bytes = b"x") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:") as tar:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(content))
    return held.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


@pytest.mark.parametrize(
    "archive",
    [
        tarred(member("../outside.txt")),
        tarred(member("/tmp/gonogo-outside.txt")),
        tarred(member("a/../../outside.txt")),
        tarred(member("a\\..\\..\\outside.txt")),
        tarred(member("mission.yaml", tarfile.SYMTYPE, "/etc/passwd")),
        tarred(member("knowledge", tarfile.SYMTYPE, "/etc"), member("knowledge/passwd")),
        tarred(member("mission.yaml", tarfile.LNKTYPE, "/etc/passwd")),
        tarred(member("pipe", tarfile.FIFOTYPE)),
        tarred(member("device", tarfile.CHRTYPE)),
        tarred(member("mission.yaml"), member("mission.yaml")),
        tarred(member("mission.yaml"), member("./mission.yaml")),
        tarred(member("a"), member("a/b")),
        tarred(member("a\nb")),
        b"",
        b"PK\x03\x04 no tar",
        b"\x1f\x8b\x08 compressed",
    ],
)
async def test_a_tar_that_reaches_outside_or_is_none_is_refused_and_leaves_nothing(api, tmp_path, archive):
    before = {path for path in tmp_path.rglob("*") if "home" not in path.parts}
    for path in ("/api/builds", "/api/validations"):
        answered = await api("POST", path, archive or b" ", content_type="application/x-tar")
        if path == "/api/builds":
            ended = await api.ended(answered)
            assert ended["state"] == "failed"
            assert ended["error"]["exit_code"] == 65
        else:
            assert answered.status == 400
    assert {path for path in tmp_path.rglob("*") if "home" not in path.parts} == before
    assert not list(api.workspace.settings.home.glob("upload-*"))


@pytest.mark.parametrize("source", ["../**/*", "/etc/*", "knowledge/../../*"])
async def test_no_pattern_of_a_mission_leaves_its_folder(api, folder, source):
    api.edit(folder, "mission.yaml", "knowledge/**/*", source)
    ended = await api.ended(await api.upload(folder))
    assert ended["state"] == "failed"


async def test_a_link_in_a_folder_that_leads_outside_is_never_read(api, folder, tmp_path):
    (tmp_path / "secret.md").write_text("# Secret\n\nThe launch code is 0000.\n", encoding="utf-8")
    (folder / "knowledge/secret.md").symlink_to(tmp_path / "secret.md")
    report = await api.workspace.validate(folder)
    assert any("outside" in problem.message for problem in report.problems)
