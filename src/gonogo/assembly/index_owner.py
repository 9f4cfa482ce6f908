"""Index owner: the name under which a home folder keeps data on index servers that others use too.

Here: making it once, reading it. Not here: an ``owner`` that settings name, for servers that share one store.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gonogo.errors import BadInput

FILE = "index-owner"


def read_owner(home: Path) -> str:
    """Twelve hexadecimal digits, the same for the life of a home folder.

    Raises:
        BadInput: the file cannot be read or written.
    """
    path = home / FILE
    try:
        home.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_hex(6))
        found = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {error}; set `owner` for the index in settings.toml") from error
    if not found.isalnum() or found != found.lower():  # digits alone are a name too
        raise BadInput(f"{path} holds no owner's name: set `owner` for the index in settings.toml")
    return found
