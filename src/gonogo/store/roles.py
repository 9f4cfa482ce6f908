"""The store made of all roles, whichever database is under it.

Here: putting them together, health, closing. Not here: rows (one file per role), databases (``sqlite``, ``postgres``).
"""

from __future__ import annotations

from gonogo.store.classifiers import SqlClassifiers
from gonogo.store.costs import SqlCosts
from gonogo.store.deployments import SqlDeployments
from gonogo.store.evaluations import SqlEvaluations
from gonogo.store.folders import SqlFolders
from gonogo.store.keys import SqlKeys
from gonogo.store.ledger import SqlLedger
from gonogo.store.operations import SqlOperations
from gonogo.store.sql import Connection
from gonogo.store.traces import SqlTraces
from gonogo.store.versions import SqlVersions


class SqlStore(
    SqlVersions,
    SqlDeployments,
    SqlEvaluations,
    SqlTraces,
    SqlKeys,
    SqlLedger,
    SqlCosts,
    SqlFolders,
    SqlClassifiers,
    SqlOperations,
):
    """All roles of ``contracts.Store`` in one database."""

    async def healthy(self) -> bool:
        """Whether a write would succeed now: makes a small one and commits it."""
        query = "INSERT INTO health (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at"
        now = self.clock.now()

        def work(connection: Connection) -> None:
            connection.execute(query, (now,))

        try:
            await self.database.write(work)
        except Exception:  # whatever it was, a write would not succeed now, and that is what was asked
            return False
        return True

    async def close(self) -> None:
        """Finish queued work and close the database. Calling it twice is fine."""
        await self.database.close()
