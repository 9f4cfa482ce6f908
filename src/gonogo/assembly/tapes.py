"""Tapes: which providers and embedders of an installation record their calls, or answer from recorded ones.

Here: wrapping the providers and embedders of an opened Workspace. Not here: the file (``providers.recording``).
"""

from __future__ import annotations

from collections.abc import Callable

from gonogo.contracts import Embedder, Provider
from gonogo.errors import BadInput
from gonogo.providers.recorded_embedder import RecordedEmbedder
from gonogo.providers.recording import Recorded, Tape

OF_THIS_MACHINE = frozenset({"static", "minilm", "fastembed", "sentence-transformers", "model2vec"})
"""Kinds of embedder that ask nobody: their files stand in for a recording."""


def on_tape(name: str, tape: Tape, connect: Callable[[str], Provider]) -> Provider:
    """The provider of that name, on a Tape. Where nothing may be asked, it is not even made: it needs no key, and no
    settings.

    Raises:
        BadInput: it is to be asked, and this machine's settings do not know it.
    """
    return Recorded(name, tape, connect(name) if tape.records else None)


def embedder_on_tape(name: str, kind: str, tape: Tape | None, make: Callable[[], Embedder]) -> Embedder:
    """The embedder of that name, on a Tape where there is one and it is not of this machine alone.

    Raises:
        RecordingMissing: nothing may be asked, and nothing of it was recorded.
        NotFound, BadInput, ExtraMissing: it is to be asked, and cannot be made.
    """
    if tape is None or kind in OF_THIS_MACHINE:
        return make()
    return RecordedEmbedder(name, tape, make() if tape.records else None)


def refuse_late(in_use: object) -> None:
    """A Tape is put in before the first provider or embedder is made.

    Raises:
        BadInput: one is in use already, and its calls would be missing.
    """
    if in_use:
        raise BadInput("models were asked before the recording began: open the home folder again and begin with it")
