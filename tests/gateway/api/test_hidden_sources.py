"""Where a Mission keeps names of its sources back, no reply in any wire format holds one."""

from __future__ import annotations

import pytest

QUESTION = "How many years of warranty does every light have?"
ASKED = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": QUESTION}]},
    "/v1/responses": {"input": QUESTION},
    "/v1/messages": {"messages": [{"role": "user", "content": QUESTION}], "max_tokens": 200},
}


async def replies(api, folder, citations):
    """What each format says, as JSON and as a stream, once made and once more."""
    api.edit(folder, "mission.yaml", "retrieval: {", f"retrieval: {{citations: {citations}, ")
    with (folder / "prompts/system.md").open("a") as prompt:
        prompt.write("\nCite the source document after every sentence.\n")
    ended = await api.ended(await api.upload(folder))
    assert ended["state"] == "done", ended
    found = []
    for path, body in ASKED.items():
        for stream in (False, True, False):
            answer = await api("POST", path, {"model": "support@1", "stream": stream, **body})
            assert answer.status == 200, answer.body
            assert b"3 years" in answer.body
            found.append(answer.body.decode())
    return found


async def test_in_full_every_reply_names_source_and_place(api, folder):
    for said in await replies(api, folder, "full"):
        assert "knowledge/lights.md" in said
        assert '"place"' in said


@pytest.mark.parametrize("citations", ["titles", "none"])
async def test_otherwise_no_reply_names_a_source_or_a_path(api, folder, citations):
    for said in await replies(api, folder, citations):
        assert "knowledge/" not in said
        assert ".md" not in said
        assert ('"citations"' in said) == (citations == "titles")
