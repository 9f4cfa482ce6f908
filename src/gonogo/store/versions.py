"""Versions, their parts and their IndexSnapshots in SQL.

Here: numbering, and chunks kept once however many snapshots hold them. Not here: building a Version (``building``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence

import msgspec
from msgspec import structs

from gonogo.digest import Digest, digest_of
from gonogo.domain import Chunk, IndexSnapshot, Part, Version
from gonogo.errors import BadInput
from gonogo.store.sql import Connection, Role

_encode = msgspec.json.Encoder().encode
_version = msgspec.json.Decoder(Version).decode
_chunk = msgspec.json.Decoder(Chunk).decode
_snapshot = msgspec.json.Decoder(IndexSnapshot).decode

FORMAT = 1
AT_ONCE = 500
"""Chunks that are looked for in one query."""
Member = tuple[bytes, int, int]
"""A chunk's body without line and order, its line, its order: those two move when text above it is edited."""


class SqlVersions(Role):
    """``VersionStore`` in SQL."""

    async def add_version(self, draft: Version, snapshot: IndexSnapshot | None) -> Version:
        """Number and keep a Version with its parts; the same parts give the same Version back.

        Args:
            draft: number 0, parts unnumbered.
            snapshot: what ``draft.index_digest`` names; may be left out where the store has it already.

        Raises:
            ValueError: the snapshot is not the one the draft names, or is named and nowhere to be found.
        """
        if snapshot is not None and snapshot.digest != draft.index_digest:
            raise ValueError(f"the Version names snapshot {draft.index_digest}, not {snapshot.digest}")

        def work(connection: Connection) -> Version:
            return _add_version(connection, self.tenant, draft, snapshot)

        return await self.database.write(work)

    async def version(self, mission: str, number: int) -> Version | None:
        """That Version, or ``None``."""

        def work(connection: Connection) -> Version | None:
            return _one_version(connection, self.tenant, mission, number)

        return await self.database.read(work)

    async def versions(self, mission: str | None = None, limit: int = 100) -> list[Version]:
        """Newest first."""
        query = "SELECT body FROM versions WHERE tenant = ? AND (? IS NULL OR mission = ?) ORDER BY seq DESC LIMIT ?"

        def work(connection: Connection) -> list[Version]:
            return [_version(body) for (body,) in connection.execute(query, (self.tenant, mission, mission, limit))]

        return await self.database.read(work)

    async def missions(self) -> list[str]:
        """Names of Missions with a Version, sorted."""
        query = "SELECT DISTINCT mission FROM versions WHERE tenant = ? ORDER BY mission"

        def work(connection: Connection) -> list[str]:
            return [name for (name,) in connection.execute(query, (self.tenant,))]

        return await self.database.read(work)

    async def snapshot(self, digest: Digest) -> IndexSnapshot | None:
        """The snapshot, verified against its digest.

        Raises:
            BadInput: stored content no longer has this digest.
        """

        def work(connection: Connection) -> IndexSnapshot | None:
            found = _read_snapshot(connection, self.tenant, digest)
            if found is not None and self._verify is not None and self._verify(found) != digest:
                raise _damaged(digest)
            return found

        return await self.database.read(work)

    async def snapshots(self) -> list[Digest]:
        """Of every IndexSnapshot that is kept, sorted."""
        query = "SELECT digest FROM snapshots WHERE tenant = ? ORDER BY digest"

        def work(connection: Connection) -> list[Digest]:
            return [Digest(digest) for (digest,) in connection.execute(query, (self.tenant,))]

        return await self.database.read(work)

    async def forget_snapshots(self, keep: Collection[Digest]) -> int:
        """Delete every IndexSnapshot but these, and the Chunks that none of these holds; gives how many Chunks."""

        def work(connection: Connection) -> int:
            rows = connection.execute("SELECT id, digest FROM snapshots WHERE tenant = ?", (self.tenant,))
            gone = [(number,) for number, digest in rows.fetchall() if digest not in keep]
            connection.executemany("DELETE FROM snapshot_chunks WHERE snapshot = ?", gone)
            connection.executemany("DELETE FROM snapshots WHERE id = ?", gone)
            orphans = """DELETE FROM chunks WHERE tenant = ?
                         AND NOT EXISTS (SELECT 1 FROM snapshot_chunks s WHERE s.chunk = chunks.id)"""
            return connection.execute(orphans, (self.tenant,)).rowcount

        return await self.database.write(work)

    async def part_history(self, mission: str, part: str) -> list[tuple[Part, int, float]]:
        """(part, first Version with it, when), newest first."""
        query = """SELECT name, digest, number, first_version, created_at FROM parts
                   WHERE tenant = ? AND mission = ? AND name = ? ORDER BY number DESC"""

        def work(connection: Connection) -> list[tuple[Part, int, float]]:
            rows = connection.execute(query, (self.tenant, mission, part))
            return [(Part(name=name, digest=Digest(of), number=n), first, at) for name, of, n, first, at in rows]

        return await self.database.read(work)


def _one_version(connection: Connection, tenant: str, mission: str, number: int) -> Version | None:
    query = "SELECT body FROM versions WHERE tenant = ? AND mission = ? AND number = ?"
    row = connection.execute(query, (tenant, mission, number)).fetchone()
    return _version(row[0]) if row else None


def _add_version(connection: Connection, tenant: str, draft: Version, snapshot: IndexSnapshot | None) -> Version:
    mission = draft.mission.name
    parts_digest = digest_of({part.name: part.digest for part in draft.parts})
    same = "SELECT body FROM versions WHERE tenant = ? AND mission = ? AND parts_digest = ?"
    if row := connection.execute(same, (tenant, mission, parts_digest)).fetchone():
        return _version(row[0])
    if snapshot is not None:
        _keep_snapshot(connection, tenant, snapshot)
    elif draft.index_digest is not None and _snapshot_row(connection, tenant, draft.index_digest) is None:
        raise ValueError(f"the Version names snapshot {draft.index_digest}, which was neither given nor stored")
    newest = "SELECT coalesce(max(number), 0) FROM versions WHERE tenant = ? AND mission = ?"
    number = connection.execute(newest, (tenant, mission)).fetchone()[0] + 1
    parts = tuple(_numbered(connection, tenant, draft, part, number) for part in draft.parts)
    version = structs.replace(draft, number=number, parts=parts)
    connection.execute(
        """INSERT INTO versions (tenant, mission, number, parts_digest, created_at, body, format)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (tenant, mission, number, parts_digest, version.created_at, _encode(version), version.format),
    )
    return version


def _numbered(connection: Connection, tenant: str, draft: Version, part: Part, first_version: int) -> Part:
    place = (tenant, draft.mission.name, part.name)
    known = "SELECT number FROM parts WHERE tenant = ? AND mission = ? AND name = ? AND digest = ?"
    if row := connection.execute(known, (*place, part.digest)).fetchone():
        return structs.replace(part, number=row[0])
    newest = "SELECT coalesce(max(number), 0) FROM parts WHERE tenant = ? AND mission = ? AND name = ?"
    number = connection.execute(newest, place).fetchone()[0] + 1
    connection.execute(
        """INSERT INTO parts (tenant, mission, name, number, digest, first_version, created_at, format)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        (*place, number, part.digest, first_version, draft.created_at, FORMAT),
    )
    return structs.replace(part, number=number)


def _keep_snapshot(connection: Connection, tenant: str, snapshot: IndexSnapshot) -> None:
    if _snapshot_row(connection, tenant, snapshot.digest) is not None:
        return
    header = _encode(structs.replace(snapshot, chunks=()))
    members = [(_encode(structs.replace(c, line=1, order=0)), c.line, c.order) for c in snapshot.chunks]
    [snapshot_id] = connection.execute(
        "INSERT INTO snapshots (tenant, digest, content_digest, header, format) VALUES (?, ?, ?, ?, ?) RETURNING id",
        (tenant, snapshot.digest, _content_digest(header, members), header, FORMAT),
    ).fetchone()
    keys = [hashlib.sha256(body).digest() for body, _, _ in members]
    known = _chunk_ids(connection, tenant, keys)
    new = {key: body for key, (body, _, _) in zip(keys, members, strict=True) if key not in known}
    connection.executemany(
        "INSERT INTO chunks (tenant, digest, body, format) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        ((tenant, key, body, FORMAT) for key, body in new.items()),
    )
    known |= _chunk_ids(connection, tenant, list(new))
    connection.executemany(
        """INSERT INTO snapshot_chunks (snapshot, position, chunk, line, place, tenant, format)
           VALUES (?, ?, ?, ?, ?, ?, ?)""",
        (
            (snapshot_id, position, known[key], line, order, tenant, FORMAT)
            for position, (key, (_, line, order)) in enumerate(zip(keys, members, strict=True))
        ),
    )


def _chunk_ids(connection: Connection, tenant: str, keys: Sequence[bytes]) -> dict[bytes, int]:
    """Of those Chunks that are kept already."""
    found: dict[bytes, int] = {}
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        places = ", ".join("?" * len(some))
        rows = connection.execute(
            f"SELECT digest, id FROM chunks WHERE tenant = ? AND digest IN ({places})",
            (tenant, *some),
        )
        found.update((bytes(key), number) for key, number in rows)
    return found


def _snapshot_row(connection: Connection, tenant: str, digest: Digest) -> tuple[int, str, bytes] | None:
    query = "SELECT id, content_digest, header FROM snapshots WHERE tenant = ? AND digest = ?"
    row: tuple[int, str, bytes] | None = connection.execute(query, (tenant, digest)).fetchone()
    return row


def _read_snapshot(connection: Connection, tenant: str, digest: Digest) -> IndexSnapshot | None:
    row = _snapshot_row(connection, tenant, digest)
    if row is None:
        return None
    snapshot_id, content_digest, header = row
    members: list[Member] = connection.execute(
        """SELECT c.body, s.line, s.place FROM snapshot_chunks s JOIN chunks c ON c.id = s.chunk
           WHERE s.snapshot = ? ORDER BY s.position""",
        (snapshot_id,),
    ).fetchall()
    # Over the stored bytes, so that a field added to Chunk later does not look like damage.
    if _content_digest(header, members) != content_digest:
        raise _damaged(digest)
    chunks = tuple(structs.replace(_chunk(body), line=line, order=order) for body, line, order in members)
    return structs.replace(_snapshot(header), chunks=chunks)


def _content_digest(header: bytes, members: Iterable[Member]) -> str:
    content = hashlib.sha256(header)
    for body, line, order in members:
        content.update(b"%d %d %d\n" % (len(body), line, order))
        content.update(body)
    return content.hexdigest()


def _damaged(digest: Digest) -> BadInput:
    return BadInput(
        f"index snapshot {digest} is damaged in the store, its content has another digest: "
        "run `gonogo build` in the Mission folder to make it again"
    )
