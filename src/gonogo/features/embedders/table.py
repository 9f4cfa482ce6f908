"""Table: the embedders that ship with gonogo, by the name Missions use, and those that others install.

Here: name -> factory, the same shape third parties register under (entry points of the group ``gonogo.embedders``).
Not here: the embedders, the choice for a Mission (``assembly``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from gonogo.contracts.text import Embedder
from gonogo.errors import BadInput, NotFound
from gonogo.features.embedders.options import EmbedderOptions

GROUP = "gonogo.embedders"
"""Entry points of this group name a function of one ``EmbedderOptions`` that returns an ``Embedder``."""

EmbedderFactory = Callable[[EmbedderOptions], Embedder]


# Each loads its library when it is first asked for: most installations have none of them.
def _static(options: EmbedderOptions) -> Embedder:
    from gonogo.features.static_embedder import SHIPPED_WEIGHTS, StaticEmbedder

    return StaticEmbedder(options.folder or SHIPPED_WEIGHTS)


def _minilm(options: EmbedderOptions) -> Embedder:
    from gonogo.features.minilm_embedder import MiniLMEmbedder

    return MiniLMEmbedder(options.folder) if options.folder else MiniLMEmbedder()


def _openai(options: EmbedderOptions) -> Embedder:
    from gonogo.features.embedders.openai import OpenAIEmbedder

    return OpenAIEmbedder(options)


def _fastembed(options: EmbedderOptions) -> Embedder:
    from gonogo.features.embedders.fastembed import FastEmbedEmbedder

    return FastEmbedEmbedder(options)


def _sentence_transformers(options: EmbedderOptions) -> Embedder:
    from gonogo.features.embedders.sentence_transformers import SentenceTransformersEmbedder

    return SentenceTransformersEmbedder(options)


def _model2vec(options: EmbedderOptions) -> Embedder:
    from gonogo.features.embedders.model2vec import Model2VecEmbedder

    return Model2VecEmbedder(options)


EMBEDDERS: Mapping[str, EmbedderFactory] = {
    "fastembed": _fastembed,
    "minilm": _minilm,
    "model2vec": _model2vec,
    "openai": _openai,
    "sentence-transformers": _sentence_transformers,
    "static": _static,
}


def known_embedders() -> frozenset[str]:
    """Every name that ``embedder`` takes on this machine; those of installed packages are not loaded for it."""
    return frozenset(EMBEDDERS) | frozenset(_installed())


def embedder(name: str, options: EmbedderOptions | None = None) -> Embedder:
    """The embedder of a name. A name of gonogo's own cannot be taken by an installed package.

    Raises:
        NotFound: no embedder is called that.
        BadInput: an option is missing or wrong, or the package that registered the name cannot be loaded.
        ExtraMissing: it needs an optional part.
    """
    options = options or EmbedderOptions()
    factory = EMBEDDERS.get(name)
    if factory is not None:
        return factory(options)
    installed = _installed()
    if name not in installed:
        names = sorted({*EMBEDDERS, *installed})
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise NotFound(f"there is no embedder {name!r}: {hint}known are {', '.join(names)}")
    return _loaded(installed[name])(options)


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _loaded(point: EntryPoint) -> EmbedderFactory:
    try:
        factory = point.load()
    except (ImportError, AttributeError) as error:
        raise BadInput(f"embedder {point.name} ({point.value}) cannot be loaded: {error}; install it again") from error
    if not callable(factory):
        raise BadInput(f"embedder {point.name} ({point.value}) is no factory: its package must name a function")
    made: EmbedderFactory = factory
    return made
