"""Backends: index backends by the kind that settings name, those that ship with gonogo and those that others install.

Here: kind -> factory, the same shape third parties register under (entry points of the group ``gonogo.indexes``).
Not here: the backends, the choice for a Mission (``assembly``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points

from gonogo.contracts import IndexBackend
from gonogo.errors import BadInput, NotFound
from gonogo.retrieval.embedded import EmbeddedBackend
from gonogo.retrieval.remote import RemoteBackend

GROUP = "gonogo.indexes"
"""Entry points of this group name a function of one ``IndexOptions`` that returns an ``IndexBackend``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOptions:
    """What the factory of one backend is given. Empty means not set.

    Args:
        local: searches words, embeds and keeps vectors on this machine; ``RemoteBackend`` wants it.
        uri: of the server.
        token: the key itself; never shown and never part of a digest.
        token_env: the variable it stands in, for messages.
        database: of the server.
        owner: whose data this is on a server that others use too.
        timeout: seconds that one call may take.
    """

    local: EmbeddedBackend
    uri: str = ""
    token: str = field(default="", repr=False)
    token_env: str = ""
    database: str = ""
    owner: str = "gonogo"
    timeout: float = 10.0


IndexFactory = Callable[[IndexOptions], IndexBackend]


def _embedded(options: IndexOptions) -> IndexBackend:
    return options.local


# Each loads its client when it is first asked for: most installations have none of them.
def _milvus(options: IndexOptions) -> IndexBackend:
    from gonogo.retrieval.milvus import MilvusServer

    server = MilvusServer(
        _address(options, "milvus"),
        token=options.token,
        token_env=options.token_env,
        database=options.database,
        timeout=options.timeout,
    )
    return RemoteBackend(options.local, server, options.owner)


def _pinecone(options: IndexOptions) -> IndexBackend:
    from gonogo.retrieval.pinecone import PineconeServer

    server = PineconeServer(
        _address(options, "pinecone"), options.token, token_env=options.token_env, timeout=options.timeout
    )
    return RemoteBackend(options.local, server, options.owner)


INDEXES: Mapping[str, IndexFactory] = {"embedded": _embedded, "milvus": _milvus, "pinecone": _pinecone}


def known_indexes() -> frozenset[str]:
    """Every kind that ``index_backend`` takes on this machine; those of installed packages are not loaded for it."""
    return frozenset(INDEXES) | frozenset(_installed())


def index_backend(kind: str, options: IndexOptions) -> IndexBackend:
    """The backend of a kind. A kind of gonogo's own cannot be taken by an installed package.

    Raises:
        NotFound: no backend is called that.
        BadInput: an option is missing or wrong, or the package that registered the kind cannot be loaded.
        ExtraMissing: it needs an optional part.
    """
    factory = INDEXES.get(kind)
    if factory is not None:
        return factory(options)
    installed = _installed()
    if kind not in installed:
        names = sorted({*INDEXES, *installed})
        near = get_close_matches(kind, names, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        section = "a server of yours needs a section [indexes.NAME] in settings.toml, with its `kind` and `uri`"
        raise NotFound(f"there is no index backend {kind!r}: {hint}known are {', '.join(names)}; {section}")
    return _loaded(installed[kind])(options)


def _address(options: IndexOptions, kind: str) -> str:
    if not options.uri:
        raise BadInput(f"an index in {kind} needs `uri`, the address of its server")
    return options.uri


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _loaded(point: EntryPoint) -> IndexFactory:
    try:
        factory = point.load()
    except (ImportError, AttributeError) as error:
        raise BadInput(f"index {point.name} ({point.value}) cannot be loaded: {error}; install it again") from error
    if not callable(factory):
        raise BadInput(f"index {point.name} ({point.value}) is no factory: its package must name a function")
    made: IndexFactory = factory
    return made
