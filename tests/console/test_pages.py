"""Every page: inert, escaped, readable, well formed."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise

import pytest

from gonogo.console.pages import POLICY, STATIC_TYPES
from gonogo.console.wording import TONES
from gonogo.domain import Chunk, PromptSpec, RetrievedChunk, RoutingDecision, Score, Span
from gonogo.errors import NotFound

VOID = {"meta", "link", "img", "br", "rect", "line", "circle"}
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}"
UNSEEN = "\x1b[31m\u202etxt\u200b\x00"


class Reading(HTMLParser):
    """Tags, attributes and text of a page; fails where tags are not nested."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self.text += data


async def every_page(team, text: str = "plain") -> dict[str, str]:
    """Each kind of page, with a text of somebody else's wherever one can stand."""
    chunks = (text, "Returns take 30 days.")
    first = await team.prove_and_deploy(f"Answer. {text}", chunks=chunks)
    second = await team.build(text, chunks=(f"{text} now",), prompt=PromptSpec(system=f"Be brief. {text}", user=text))
    verdict = await team.evaluate(second, first, failing=20, broken=1, said=text)
    await team.deploy(second, verdict, override=text, may_override=True, author=text, reason=text)
    found = RetrievedChunk(chunk=Chunk(id="c", text=text, source=text, heading=text, line=2), score=1.0, rank=1)
    trace = await team.ask(
        text,
        answer=text,
        chunks=(found,),
        citations=(text,),
        error=text,
        user=text,
        session=text,
        finish_reason=text,
        routing=RoutingDecision(model=text, reasons=(text,), fallback=(text,)),
        calls=(team.call(error=text, fingerprint=text, returned_model=text),),
        scores=(Score(metric=text, state="error", detail=text),),
        spans=(Span(name=text, start=0.0, wall=0.1, cpu=0.1, attributes={text: text}),),
        messages=({"role": text, "content": text}, {"role": "user", "content": [{"type": text}]}),
        tool_calls=({"function": text},),
        signals={text: 0.5},
    )
    addresses = {
        "home": "/",
        "trace": f"/traces/{trace.id}",
        "version": "/versions/support@2",
        "verdict": f"/verdicts/{verdict.id}",
    }
    return {name: await team.page(address) for name, address in addresses.items()}


async def test_every_page_forbids_scripts_frames_forms_and_foreign_addresses(team):
    await team.ask()
    reply = await team.get("/")
    assert reply.headers["content-security-policy"] == POLICY
    assert POLICY.startswith("default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'")
    assert reply.content_type == "text/html; charset=utf-8"


async def test_no_browser_or_proxy_keeps_a_page(team):
    assert (await team.get("/")).headers["cache-control"] == "no-store"


async def test_no_page_holds_a_script_a_style_or_a_handler(team):
    for page in (await every_page(team)).values():
        for tag, attributes in Reading(page).tags:
            assert tag not in {"script", "style", "iframe", "form", "object"}
            assert not [name for name in attributes if name == "style" or name.startswith("on")]


async def test_no_page_names_a_foreign_address(team):
    for page in (await every_page(team)).values():
        for _, attributes in Reading(page).tags:
            for name in ("src", "href"):
                assert (attributes.get(name) or "/").startswith(("/", "#"))


async def test_text_of_others_is_never_markup(team):
    for name, page in (await every_page(team, HOSTILE)).items():
        assert "<script" not in page, name
        assert "<img src=x" not in page, name
        assert "&lt;script&gt;" in page, name
        assert "{{ 7*7 }}" in Reading(page).text, f"{name} lost or ran a template in a text"


async def test_text_of_others_cannot_break_out_of_an_attribute(team):
    for page in (await every_page(team, HOSTILE)).values():
        for tag, attributes in Reading(page).tags:
            assert not (tag == "img" and attributes.get("src") == "x")
            assert "onerror" not in attributes


async def test_characters_that_hide_or_turn_text_round_are_written_out(team):
    for name, page in (await every_page(team, UNSEEN)).items():
        assert not re.search("[\x00-\x08\x0b-\x1f\u202e\u200b]", page), name
        assert "\\u202e" in page, name


async def test_every_page_has_a_title_one_main_heading_and_a_language(team):
    for page in (await every_page(team)).values():
        assert re.search(r"<title>[^<]{5,}</title>", page)
        assert page.count("<h1") == 1
        assert '<html lang="en">' in page
        assert 'name="viewport"' in page


async def test_headings_never_skip_a_level(team):
    for name, page in (await every_page(team)).items():
        levels = [int(tag[1]) for tag, _ in Reading(page).tags if re.fullmatch("h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels)), (name, levels)


async def test_pages_name_their_files_with_the_digest_of_what_is_in_them(team):
    page = await team.page("/")
    address = re.search(r'href="(/static/console\.css\?[0-9a-f]{12})"', page)
    assert address
    reply = await team.get(address[1])
    assert reply.content_type.startswith("text/css")
    assert "immutable" in reply.headers["cache-control"]


@pytest.mark.parametrize("name", ["..", "console.css.bak", "layout.html", "", "%2e%2e"])
async def test_only_our_own_files_are_given_out(team, name):
    with pytest.raises(NotFound):
        await team.get(f"/static/{name}")


async def test_the_icon_is_served(team):
    assert (await team.get("/static/icon.svg")).content_type == "image/svg+xml"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_of_text_has_a_contrast_of_four_and_a_half(theme):
    colours = _colours(theme)
    pairs = [("text", ground) for ground in ("page", "card", "sunken")]
    pairs += [("quiet", ground) for ground in ("page", "card", "sunken")]
    pairs += [("link", ground) for ground in ("page", "card", "sunken")]
    pairs += [(tone, f"{tone}-back") for tone in ("go", "nogo", "unsure", "invalid", "info")]
    pairs += [("text", "info-back"), ("quiet", "info-back")]
    for text, ground in pairs:
        assert _contrast(colours[text], colours[ground]) >= 4.5, (theme, text, ground)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_mark_and_focus_ring_has_a_contrast_of_three_where_it_stands(theme):
    colours = _colours(theme)
    for mark in ("bar-strong", "bar-spare-strong", "mark-nogo", "link"):
        assert _contrast(colours[mark], colours["card"]) >= 3, (theme, mark)


def test_the_style_sheet_loads_nothing_from_elsewhere():
    assert not re.search(r"url\(|@import|@font-face", _style())


def test_every_tone_has_a_colour():
    style = _style()
    assert all(f".is-{tone} " in style for tone in set(TONES.values()))


def test_every_static_file_is_known_and_there():
    assert {file.name for file in files("gonogo.console").joinpath("static").iterdir()} == set(STATIC_TYPES)


def _style() -> str:
    return files("gonogo.console").joinpath("static", "console.css").read_text(encoding="utf-8")


def _colours(theme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", _style(), re.DOTALL)
    return dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6});", light if theme == "light" else dark))


def _contrast(one: str, two: str) -> float:
    """Relative contrast of two colours, WCAG 2.2 section 1.4.3."""
    bright, dim = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
