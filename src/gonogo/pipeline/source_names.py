"""Source names: what a page is called where clients shall not learn its name and path.

Here: the name of each source under ``retrieval.citations``. Not here: the field that tells them (``citing``).

A model is handed the other name in place of the path, so that it cannot say what it never saw; Traces, golden tasks
and the cache keep the real one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import structs

from gonogo.domain import RetrievalPolicy, RetrievedChunk


def shown_names(chunks: Sequence[RetrievedChunk], policy: RetrievalPolicy | None) -> dict[str, str]:
    """Another name for each source, none where clients are told its own.

    With ``titles`` it is the page's title, else its first heading, and ``document 2`` for the second page of a request
    that has neither; with ``none`` it is always the number. Pages of one title are told apart by a number.
    """
    if policy is None or policy.citations == "full":
        return {}
    names: dict[str, str] = {}
    for hit in chunks:
        chunk = hit.chunk
        if chunk.source in names:
            continue
        title = chunk.title or chunk.heading.split(" > ")[0] if policy.citations == "titles" else ""
        name = " ".join(title.split()) or f"document {len(names) + 1}"
        taken = set(names.values())
        names[chunk.source] = name if name not in taken else f"{name} ({len(names) + 1})"
    return names


def renamed(chunks: tuple[RetrievedChunk, ...], names: Mapping[str, str]) -> tuple[RetrievedChunk, ...]:
    """The Chunks under their other names."""
    if not names:
        return chunks
    return tuple(
        structs.replace(hit, chunk=structs.replace(hit.chunk, source=names.get(hit.chunk.source, hit.chunk.source)))
        for hit in chunks
    )


def is_named(name: str, answer: str) -> bool:
    """Whether an answer names the page, in brackets or quotation marks: it may say the words of a title anyway."""
    return re.search(rf"[\[(\"“][^\])\"”\n]*(?<!\w){re.escape(name)}(?!\w| \()[^\])\"”\n]*[\])\"”]", answer) is not None
