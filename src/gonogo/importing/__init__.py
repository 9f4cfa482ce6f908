"""Importing: what teams wrote for other tools becomes a Mission folder, and what cannot be carried is listed.

Here: one module a format, and the writing of files. Not here: running or proving what comes out.
"""

from gonogo.importing.carried import Carried, LeftBehind
from gonogo.importing.columns import Columns
from gonogo.importing.existing import judges_of
from gonogo.importing.expected import EXPECTED_AS, ExpectedAs
from gonogo.importing.formats import FORMATS, ImportOptions, read_import
from gonogo.importing.writing import files_of, report, write_files

__all__ = [
    "EXPECTED_AS",
    "FORMATS",
    "Carried",
    "Columns",
    "ExpectedAs",
    "ImportOptions",
    "LeftBehind",
    "files_of",
    "judges_of",
    "read_import",
    "report",
    "write_files",
]
