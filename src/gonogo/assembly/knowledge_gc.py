"""Knowledge gc: what of snapshots is still needed, and dropping the rest everywhere it is kept.

Here: which snapshots stay; indexes of every server, files, Chunks of the store. Not here: how each drops
(``retrieval``, ``store``).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec import Struct

from gonogo.contracts import Forgotten
from gonogo.domain import IndexSnapshot, RetrievalPolicy, Version
from gonogo.errors import BadInput

if TYPE_CHECKING:
    from gonogo.assembly.workspace import Workspace

KEPT_VERSIONS = 5
"""Newest Versions of each Mission whose snapshots stay."""
KEPT_DEPLOYMENTS = 5
"""Last changes of each Environment that can be gone back to without building."""


class Collected(Struct, frozen=True, kw_only=True):
    """``kept``: Versions whose snapshots stay; ``lost``: Versions that must be built again before they can be served.
    ``forgotten``: what was dropped, or would be where ``done`` is false; ``chunks`` of the store among it, ``None``
    before it was done."""

    kept: tuple[str, ...]
    lost: tuple[str, ...]
    forgotten: tuple[Forgotten, ...]
    chunks: int | None
    done: bool


async def collect(workspace: Workspace, *, keep: int = KEPT_VERSIONS, apply: bool = False) -> Collected:
    """Find what no kept Version needs, and with ``apply`` drop it: on servers, in files, then in the store.

    Kept are Versions that are live, that were live within the last changes of an Environment, and the newest ones.

    Args:
        keep: newest Versions of each Mission, at least 1.

    Raises:
        BadInput: a snapshot that stays is damaged in the store; nothing was dropped.
        Unreachable: a server does not answer; run it again, nothing is dropped twice.
    """
    if keep < 1:
        raise BadInput("at least the newest Version of each Mission is kept: --keep 1 or more")
    needed, others = await _needed(workspace, keep)
    digests = {version.index_digest for version in needed if version.index_digest}
    stored = await workspace.store.snapshots()
    snapshots = [await _snapshot(workspace, digest) for digest in sorted(digests.intersection(stored))]
    forgotten = await asyncio.to_thread(_forget, workspace, snapshots, apply)
    gone = set(stored) - digests
    chunks = await workspace.store.forget_snapshots(digests) if apply else None
    return Collected(
        kept=tuple(version.name for version in needed if version.index_digest),
        lost=tuple(version.name for version in others if version.index_digest in gone),
        forgotten=(*forgotten, *(Forgotten(name=f"snapshot {digest[:12]} of the store") for digest in sorted(gone))),
        chunks=chunks,
        done=apply,
    )


async def _needed(workspace: Workspace, keep: int) -> tuple[list[Version], list[Version]]:
    store = workspace.store
    used = {(one.mission, one.version) for one in await store.environments()}
    for environment in await store.environments():
        history = await store.deployments(environment.mission, environment.name, KEPT_DEPLOYMENTS)
        used |= {(one.mission, one.version) for one in history}
    needed, others = list[Version](), list[Version]()
    for mission in await store.missions():
        for place, version in enumerate(await store.versions(mission, 1_000_000)):
            stays = place < keep or (mission, version.number) in used
            (needed if stays else others).append(version)
    return needed, others


async def _snapshot(workspace: Workspace, digest: str) -> IndexSnapshot:
    from gonogo.digest import Digest

    found = await workspace.store.snapshot(Digest(digest))
    if found is None:
        raise BadInput(f"snapshot {digest[:12]} has just been dropped by somebody else: run it again")
    return found


def _forget(workspace: Workspace, keep: list[IndexSnapshot], apply: bool) -> list[Forgotten]:
    installed, forgotten = workspace.installed, list[Forgotten]()
    for name in (*sorted(workspace.settings.file.indexes), "embedded"):
        backend = installed.index_backend(RetrievalPolicy(sources=(), index=name))
        forgotten += backend.forget(keep, dry_run=not apply)
    return forgotten
