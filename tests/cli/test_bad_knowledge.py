"""Documents that cannot be read and index servers that do not behave: what a person is told, and what stays live."""

from __future__ import annotations

import importlib.util
import io
import socket
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from tests.retrieval.pinecone_server import KEY, PineconeIndex, pinecone_index
from tests.retrieval.test_pdf import pages, rewritten

needs_pinecone = pytest.mark.skipif(importlib.util.find_spec("pinecone") is None, reason="needs pinecone")
QUESTION = "How many years of warranty does every light have?"


def bomb() -> bytes:
    """A DOCX of 70 kB that unpacks to 70 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (70 * 1_048_576))
    return buffer.getvalue()


@pytest.mark.needs_pdf
def test_every_document_that_cannot_be_read_is_named_at_once_and_what_is_live_stays(live: Any) -> None:
    knowledge = live.folder / "support/knowledge"
    secret = rewritten(pages(["Secret"]), lambda writer: writer.encrypt("word", algorithm="RC4-128"))
    (knowledge / "secret.pdf").write_bytes(secret)
    (knowledge / "old.md").write_bytes("Größe 5\n".encode("latin-1"))
    with (knowledge / "huge.md").open("wb") as huge:
        huge.truncate(300 * 1024 * 1024)
    (knowledge / "bomb.docx").write_bytes(bomb())
    (knowledge / "loop.md").symlink_to("loop.md")
    (knowledge / "plans.txt").write_text("Plans.\n")
    (knowledge / "Plans.txt").write_text("Plans, too.\n")
    (knowledge / "round").symlink_to(knowledge)

    said = live("build", "support")
    assert said.code == 65
    (knowledge / "loop.md").unlink()  # what links lead to is known before any page is read
    more = live("build", "support")
    assert more.code == 65
    told = said.err + more.err
    for name, what, then in (
        ("loop.md", "is a link that leads nowhere", "remove it"),
        ("secret.pdf", "is encrypted", "save a copy without a password"),
        ("old.md", "is not UTF-8: byte 0xf6", "iconv -f WINDOWS-1252"),
        ("huge.md", "has 300.0 MB, over the limit of 20 MB", "split it"),
        ("bomb.docx", "unpacks word/document.xml to over 64 MB", ""),
        ("plans.txt", "differs from knowledge/Plans.txt only in case", "rename one of them"),
    ):
        [line] = [line for line in told.splitlines() if f"knowledge/{name}" in line and what in line]
        assert then in line
    assert "Traceback" not in told
    assert "30 days" in live.fine("ask", "support:production", "How long may I return a light?").out
    assert live.fine("log", "support", "--json").json[0]["version"] == "support@1"


def test_a_folder_without_a_mission_says_what_it_holds_and_what_to_do(support: Any) -> None:
    empty = support.folder / "empty"
    empty.mkdir()
    for words in (("build", "empty"), ("validate", "empty")):
        said = support(*words)
        assert said.code == 65
        assert "mission.yaml: does not exist (the folder is empty: `gonogo new FOLDER` fills a new one" in (
            said.out + said.err
        )
    (support.folder / "above").mkdir()
    (support.folder / "support").rename(support.folder / "above/support")
    assert "support/mission.yaml is one: name the folder above/support" in support("build", "above").err
    (empty / "mission.yml").write_text("mission: x\n")
    assert "did you mean 'mission.yml'?" in support("build", "empty").err


def test_an_unknown_index_points_to_the_section_of_settings(support: Any) -> None:
    support.edit("support/mission.yaml", "retrieval: {", "retrieval: {index: team, ")
    said = support("build", "support")
    assert said.code == 65
    assert "no index 'team' is installed" in said.err
    assert "or add [indexes.team] to settings.toml, with its kind and uri" in said.err
    support.settings('[indexes.team]\nkind = "milvas"\nuri = "http://127.0.0.1:9"\n')
    said = support("build", "support")
    assert said.code == 65
    assert "there is no index backend 'milvas': did you mean milvus?" in said.err
    assert "[indexes.NAME] in settings.toml" in said.err


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[PineconeIndex]:
    monkeypatch.setenv("PINECONE_API_KEY", KEY)
    with pinecone_index() as index:
        yield index


@pytest.fixture
def cloud(support: Any, index: PineconeIndex) -> Any:
    """``support@1`` is live, with its vectors in the index."""

    def at(uri: str) -> None:
        support.settings(
            f'[indexes.cloud]\nkind = "pinecone"\nuri = "{uri}"\ntoken_env = "PINECONE_API_KEY"\ntimeout = 0.5\n'
        )

    support.at = at
    at(index.host)
    support.edit("support/mission.yaml", "retrieval: {", "retrieval: {index: cloud, dense_weight: 0.4, ")
    support.fine("evaluate", "support")
    support.fine("deploy", "support@1")
    return support


def built_anew(cloud: Any, word: str) -> Any:
    """What a build of an edited page says."""
    cloud.edit("support/knowledge/lights.md", "3 years", f"3 years ({word})")
    said = cloud("build", "support")
    cloud.edit("support/knowledge/lights.md", f"3 years ({word})", "3 years")
    assert "Traceback" not in said.err
    return said


def still_served(cloud: Any) -> None:
    """What is live answers from its pages, as it did."""
    assert "3 years" in cloud.fine("ask", "support:production", QUESTION).out


@needs_pinecone
@pytest.mark.slow
def test_whatever_the_server_of_an_index_does_is_told_and_what_is_live_goes_on(
    cloud: Any, index: PineconeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    still_served(cloud)

    index.faults = [(507, "storage is full")]
    said = built_anew(cloud, "full")
    assert said.code == 69
    assert f"pinecone at {index.host} takes no more for now (" in said.err
    assert "make room with `gonogo knowledge gc`" in said.err
    still_served(cloud)

    index.dimension = 768
    said = built_anew(cloud, "wide")
    assert said.code == 65
    assert "takes vectors of 768 dimensions, the embedder gives 256" in said.err
    assert "name an index of 256 dimensions in settings" in said.err
    index.dimension = 256
    still_served(cloud)

    monkeypatch.setenv("PINECONE_API_KEY", "wrong")
    said = built_anew(cloud, "key")
    assert said.code == 65
    assert "refuses the key" in said.err
    assert "set PINECONE_API_KEY to a key of it" in said.err
    monkeypatch.delenv("PINECONE_API_KEY")
    said = built_anew(cloud, "none")
    assert said.code == 65
    assert f"pinecone at {index.host} needs a key: set PINECONE_API_KEY to a key of it" in said.err
    monkeypatch.setenv("PINECONE_API_KEY", KEY)
    still_served(cloud)

    said = built_anew(cloud, "theirs")
    assert said.code == 0
    newest = list(index.shown)[-1]
    index.shown[newest]["theirs"] = {"id": "theirs", "values": [0.1] * 256}
    said = built_anew(cloud, "theirs")
    assert said.code == 65
    assert "1 rows that gonogo did not write there (such as 'theirs'); nothing was changed" in said.err
    assert "Set another `owner`" in said.err
    assert "theirs" in index.shown[newest]
    still_served(cloud)

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    cloud.at(f"http://127.0.0.1:{port}")
    said = built_anew(cloud, "down")
    assert said.code == 69
    assert f"127.0.0.1:{port} does not answer" in said.err
    still_served(cloud)

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        cloud.at(f"http://127.0.0.1:{silent.getsockname()[1]}")
        said = built_anew(cloud, "slow")
        assert said.code == 69
        assert "does not answer as it should" in said.err
        still_served(cloud)

    cloud.at(index.host)
    assert built_anew(cloud, "well again").code == 0
    still_served(cloud)


@needs_pinecone
def test_a_running_server_answers_from_its_own_vectors_while_its_index_refuses_it(
    cloud: Any, index: PineconeIndex
) -> None:
    import gonogo

    with gonogo.open(cloud.home) as home:
        assert "3 years" in home.ask("support:production", QUESTION).answer
        index.faults = [(401, "the key was revoked")] * 50
        assert "3 years" in home.ask("support:production", QUESTION).answer
        assert index.faults
