"""Access: who may call the gateway, and how much. Keys are shown once and kept as keyed hashes.

Here: making, hashing and recognising keys, and the roles. Not here: storing them (``store``), routes (``gateway``).
"""

from gonogo.access.keys import NewKey, hash_key, id_of, new_key, opens_until, rehashed, rotated
from gonogo.access.pepper import read_pepper
from gonogo.access.roles import LEAST, ROLES, Action, allows, may
from gonogo.domain import Role

__all__ = [
    "LEAST",
    "ROLES",
    "Action",
    "NewKey",
    "Role",
    "allows",
    "hash_key",
    "id_of",
    "may",
    "new_key",
    "opens_until",
    "read_pepper",
    "rehashed",
    "rotated",
]
