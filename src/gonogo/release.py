"""Release: the number of this release, where code below the roof can read it."""

VERSION = "0.1.0"
