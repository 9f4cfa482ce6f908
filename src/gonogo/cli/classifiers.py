"""Group ``gonogo classifiers``: trained classifiers, each command loaded only when it is called.

Here: the table of its commands; whoever adds one adds a line. Not here: any command (each ``Entry`` names its module).
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from difflib import get_close_matches
from importlib import import_module
from typing import NamedTuple

import click


class Entry(NamedTuple):
    """``module:function`` in this package, and one line of help."""

    where: str
    help: str


SUBCOMMANDS: dict[str, Entry] = {
    "list": Entry("classifiers_show:list_classifiers", "What builds pin, how good it is, where it is live."),
    "show": Entry("classifiers_show:show", "The card of one: data, measures, slices, bias, cost."),
    "why": Entry("classifiers_show:why", "From data to weights to what is live, and what went wrong since."),
    "train": Entry("classifiers_train:train", "Learn one from labelled texts or a CSV file, and register it."),
    "evaluate": Entry("classifiers_train:evaluate", "Measure one on labelled rows."),
    "compare": Entry("classifiers_train:compare", "Two on the same rows, paired, also by slice."),
    "register": Entry("classifiers_move:register", "Keep one that was trained elsewhere."),
    "promote": Entry("classifiers_move:promote", "Let new builds pin one that held its own."),
    "rollback": Entry("classifiers_move:rollback", "Let new builds pin again what they pinned before."),
    "calibrate": Entry("classifiers_traffic:calibrate", "Make its probabilities true for one Mission."),
    "rows": Entry("classifiers_traffic:rows", "Training rows from annotated Traces."),
    "drift": Entry("classifiers_traffic:drift", "Whether its inputs, scores or accuracy moved."),
    "skew": Entry("classifiers_traffic:skew", "Whether training reads what serving read."),
    "bias": Entry("classifiers_traffic:bias", "Whether it treats people's texts differently."),
    "features": Entry("classifiers_traffic:features", "Every feature that the built-in ones read."),
}
"""In the order of the help."""


class Lazily(MutableMapping[str, click.Command]):
    """Commands by name; a module is imported when its command is asked for."""

    def __init__(self, where: dict[str, str]) -> None:
        self._where, self._added = where, dict[str, click.Command]()

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._added:
            module, _, function = self._where[name].partition(":")
            self._added[name] = getattr(import_module(f"gonogo.cli.{module}"), function)
        return self._added[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._added[name] = command

    def __delitem__(self, name: str) -> None:
        raise KeyError(name)  # commands do not go away

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._where, *self._added)))

    def __len__(self) -> int:
        return len({*self._where, *self._added})


class ClassifierGroup(click.Group):
    """In the table's order, with the nearest command for a misspelt one. Its help imports no command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name."""
        return list(self.commands)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line each."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in SUBCOMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, with a hint."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            close = get_close_matches(args[0], list(self.commands), n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=ClassifierGroup, commands=Lazily({name: entry.where for name, entry in SUBCOMMANDS.items()}))
def classifiers() -> None:
    """Train, compare, promote and explain the small classifiers that judge texts and rows.

    NAME is what builds pin now; NAME@DIGEST (a beginning is enough) is one set of weights, NAME@shipped the one that
    comes with gonogo. Weights never change. What is promoted does: `gonogo build --update-lock` takes it over.
    """
