"""Every size has a bound and is refused before it costs: bodies, depth, messages, uploads, requests at once."""

from __future__ import annotations

import asyncio
import io
import tarfile

import pytest

from gonogo.gateway.api.endpoint import MAX_UPLOAD


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/traces", "/api/keys"])
async def test_a_body_over_the_limit_is_refused(api, path):
    refused = await api("POST", path, b" " * ((1 << 20) + 1))
    assert refused.status == 413


async def test_a_declared_length_over_the_limit_is_refused_before_a_byte_is_read(api):
    too_much = str(MAX_UPLOAD + 1)
    refused = await api("POST", "/api/builds", b"x", content_length=too_much, content_type="application/x-tar")
    assert refused.status == 413


async def test_depth_messages_and_parts_have_bounds(serving):
    many = [{"role": "user", "content": "x"}] * 5000
    assert (await serving.chat(messages=many)).status in (400, 413)
    deep = {"a": 1}
    for _ in range(500):
        deep = {"a": deep}
    assert (await serving.chat(fields={"metadata": deep})).status == 400


@pytest.mark.parametrize("compression", ["gz", "bz2", "xz"])
async def test_a_compressed_tar_is_not_unpacked_at_all(api, compression):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=f"w:{compression}") as tar:
        member = tarfile.TarInfo("mission.yaml")
        member.size = 20_000_000
        tar.addfile(member, io.BytesIO(b"\0" * member.size))
    for kind, status in (("application/x-tar", 400), ("application/gzip", 415), ("application/zip", 415)):
        refused = await api("POST", "/api/validations", held.getvalue(), content_type=kind)
        assert refused.status == status, refused.body


async def test_a_sparse_file_or_a_false_size_does_not_grow(api):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo("mission.yaml")
        member.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.size": str(2**40), "GNU.sparse.map": f"{2**40},0"}
        tar.addfile(member, io.BytesIO())
    false = tarfile.TarInfo("mission.yaml")
    false.size = 2**33
    for archive in (held.getvalue(), false.tobuf() + b"x" * 512):
        refused = await api("POST", "/api/validations", archive, content_type="application/x-tar")
        assert refused.status == 400, refused.body
    assert not list(api.workspace.settings.home.glob("upload-*"))


async def test_more_files_than_taken_are_refused(api, monkeypatch):
    monkeypatch.setattr("gonogo.gateway.api.upload.MOST_FILES", 5)
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:") as tar:
        for number in range(6):
            tar.addfile(tarfile.TarInfo(f"f{number}"))
    refused = await api("POST", "/api/validations", held.getvalue(), content_type="application/x-tar")
    assert refused.status == 400
    assert "more than 5 files" in refused.error["message"]


async def test_long_work_takes_two_places_and_no_more(api):
    async def forever(report):
        await asyncio.Event().wait()

    for _ in range(2):
        api.workspace.operations.start("build", forever, author="x")
    refused = await api("POST", "/api/builds", b"x", content_type="application/x-tar")
    assert (refused.status, refused.headers["retry-after"]) == (429, "5")
