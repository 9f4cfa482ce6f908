"""The names of embedders: gonogo's own, those of installed packages, and what is said of any other."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from gonogo.contracts import Embedder
from gonogo.errors import BadInput, NotFound
from gonogo.features import StaticEmbedder
from gonogo.features.embedders import EmbedderOptions, embedder, known_embedders, table


def own(options: EmbedderOptions) -> Embedder:
    return StaticEmbedder()


def _installed(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    point = EntryPoint(name, value, table.GROUP)
    monkeypatch.setattr(table, "entry_points", lambda group: [point] if group == table.GROUP else [])


def test_static_is_the_shipped_embedder() -> None:
    assert embedder("static").digest == StaticEmbedder().digest


def test_the_names_of_the_table_are_known() -> None:
    assert known_embedders() >= {"static", "minilm", "openai", "fastembed", "sentence-transformers", "model2vec"}


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound, match="did you mean model2vec"):
        embedder("model2vek")


def test_an_installed_package_adds_its_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, "own", f"{__name__}:own")
    monkeypatch.setattr(table, "_loaded", lambda point: own)
    assert "own" in known_embedders()
    assert embedder("own").name == "static"


def test_an_installed_package_cannot_take_a_name_of_gonogo(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, "static", "nowhere:nothing")
    assert embedder("static").dimensions == 256


@pytest.mark.parametrize("value", ["no_such_package:factory", "gonogo.features.embedders.table:NOTHING"])
def test_a_package_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    _installed(monkeypatch, "broken", value)
    with pytest.raises(BadInput, match=r"broken .* cannot be loaded"):
        embedder("broken")


def test_an_entry_point_that_is_no_function_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _installed(monkeypatch, "text", "gonogo.features.embedders.table:GROUP")
    with pytest.raises(BadInput, match="no factory"):
        embedder("text")
