"""Tapes: which providers of an installation record their calls, or answer from recorded ones.

Here: wrapping the providers of an opened Workspace. Not here: the file (``providers.recording``).
"""

from __future__ import annotations

from collections.abc import Callable

from gonogo.contracts import Provider
from gonogo.errors import BadInput
from gonogo.providers.recording import Recorded, Tape


def on_tape(name: str, tape: Tape, connect: Callable[[str], Provider]) -> Provider:
    """The provider of that name, on a Tape. Where nothing may be asked, it is not even made: it needs no key, and no
    settings.

    Raises:
        BadInput: it is to be asked, and this machine's settings do not know it.
    """
    return Recorded(name, tape, connect(name) if tape.records else None)


def refuse_late(providers: object) -> None:
    """A Tape is put in before the first provider is made.

    Raises:
        BadInput: one is in use already, and its calls would be missing.
    """
    if providers:
        raise BadInput("models were asked before the recording began: open the home folder again and begin with it")
