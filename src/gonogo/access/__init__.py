"""Access: who may call the gateway. Keys are shown once and kept as hashes.

Here: making, hashing and checking keys, and the roles. Not here: storing them (``store``), routes (``gateway``).
"""

from gonogo.access.keys import NewKey, Principal, hash_key, new_key
from gonogo.access.roles import ROLES, Role, allows

__all__ = ["ROLES", "NewKey", "Principal", "Role", "allows", "hash_key", "new_key"]
