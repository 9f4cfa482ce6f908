"""App: the ``gonogo`` command, its groups, and how an error leaves it.

Here: the table of commands (each loaded only when called, so that ``--help`` is quick), exit codes.
Not here: what a command does (one module each).
"""

from __future__ import annotations

import contextlib
import errno
import gc
import os
import sys
import traceback
from importlib import import_module
from typing import NamedTuple

import click

from gonogo.cli.session import Session
from gonogo.errors import GateClosed, GonogoError, PromotionRefused
from gonogo.release import VERSION


class Entry(NamedTuple):
    """Where a command stands: its section in ``--help``, ``module:function`` and one line of help."""

    section: str
    where: str
    help: str


COMMANDS: dict[str, Entry] = {
    "new": Entry("Write", "folder:new", "Make a new Mission folder that passes its own golden tasks."),
    "import": Entry("Write", "moving:bring", "Make a Mission folder of what another tool wrote."),
    "validate": Entry("Write", "folder:validate", "Report every problem of a Mission folder at once."),
    "schema": Entry("Write", "folder:schema", "Print the JSON Schema of mission.yaml, for editors."),
    "build": Entry("Write", "folder:build", "Turn a folder into one immutable Version."),
    "log": Entry("Write", "versions:log", "List Versions, or the history of one part."),
    "show": Entry("Write", "versions:show", "Show a Version: parts, digests, understood instructions."),
    "diff": Entry("Write", "versions:diff", "What differs between two Versions: words, chunks, values, tasks."),
    "knowledge": Entry("Write", "knowledge:knowledge", "What a Mission knows: what changed, why a search finds what."),
    "plan": Entry("Prove", "plan:plan", "What an evaluation can show, costs and takes, before it runs."),
    "evaluate": Entry("Prove", "prove:evaluate", "Run golden tasks against what is live and give a Verdict."),
    "backtest": Entry("Prove", "backtest:backtest", "Ask what users asked again, against what was served."),
    "compare": Entry("Prove", "compare:compare", "Versions and models side by side on the same golden tasks."),
    "weigh": Entry("Prove", "weigh:weigh", "Choose how much vectors count beside BM25, on golden tasks."),
    "route": Entry("Prove", "route:route", "Choose which questions the simple model may take."),
    "sensitivity": Entry("Prove", "sensitivity:sensitivity", "Which words of the prompt carry the behaviour."),
    "score": Entry("Prove", "score:score", "Faithfulness, relevance and toxicity of answers made elsewhere."),
    "judge": Entry("Prove", "judge:judge", "Models that judge answers: label, calibrate, see how they stand."),
    "golden": Entry("Prove", "golden:golden", "Draft and keep golden tasks."),
    "verdict": Entry("Prove", "prove:verdict", "Show a stored Verdict and the tasks behind it."),
    "deploy": Entry("Deploy", "deploy:deploy", "Make a proven Version live."),
    "rollback": Entry("Deploy", "deploy:rollback", "Go back to the Version before, or a named one."),
    "status": Entry("Deploy", "deploy:status", "What is live where, and what was edited since."),
    "history": Entry("Deploy", "deploy:history", "Every change of an Environment: who, when, why."),
    "serve": Entry("Run", "serve:serve", "Serve what is live through the OpenAI-compatible gateway."),
    "ask": Entry("Run", "ask:ask", "Ask a Version or an edited folder one question."),
    "keys": Entry("Run", "keys:keys", "Create, list, rotate, limit and revoke keys for the gateway."),
    "backup": Entry("Run", "keeping:backup", "Copy the store into a file while it goes on serving."),
    "restore": Entry("Run", "keeping:restore", "Make a backup into the store, which must be empty."),
    "forget": Entry("Run", "keeping:forget", "Delete every Trace of one user."),
    "traces": Entry("Watch", "traces:traces", "List the last requests."),
    "trace": Entry("Watch", "traces:trace", "Show one request: steps, chunks, findings, tokens, cost."),
    "diagnose": Entry("Watch", "traces:diagnose", "Why an answer was bad, and which file to edit."),
    "monitor": Entry("Watch", "monitor:monitor", "Rates with intervals, tokens, cost and drift."),
    "cost": Entry("Watch", "cost:cost", "Tokens, dollars, CPU and GPU by Mission, Version, model, key or day."),
    "budgets": Entry("Watch", "budgets:budgets", "How today's budgets stand: spent, held, left."),
    "annotate": Entry("Watch", "classifiers_traffic:annotate", "Say what you think of an answer."),
    "classifiers": Entry("Learn", "classifiers:classifiers", "Train, compare and promote small classifiers."),
}
SECTIONS = ("Write", "Prove", "Deploy", "Run", "Watch", "Learn")
INTERRUPTED, BROKEN_PIPE = 130, 141
"""As a shell counts a process that a signal ended."""
BAD_INPUT, OUR_BUG, TRY_AGAIN = 65, 70, 75
COLLECT_EVERY = 20_000
"""Objects between looks for unused cycles: at a start nearly all that is made stays, and looking it through at every
700 takes a tenth of a short command."""
ONE_THREAD = "OPENBLAS_NUM_THREADS"
"""What numpy's BLAS reads when it is first imported. Its own threads wait in busy loops for products that are mostly
small, and a product's last bits depend on how many there are; training alone multiplies large matrices."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class LazyGroup(click.Group):
    """Commands from the table; a module is imported when its command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.where.partition(":")
        command: click.Command = getattr(import_module(f"gonogo.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Grouped as the work goes: write, prove, deploy, run, watch, learn."""
        for section in SECTIONS:
            rows = [(name, entry.help) for name, entry in COMMANDS.items() if entry.section == section]
            with formatter.section(section):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click, with the nearest command for a misspelt one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"No such command '{args[0]}'.{hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(VERSION, prog_name="gonogo")
@click.option("--home", type=click.Path(), help="Folder of store and settings (default: nearest .gonogo, GONOGO_HOME).")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.option(
    "--server", envvar="GONOGO_SERVER", help="Work on this server instead (or GONOGO_SERVER); its key in GONOGO_KEY."
)
@click.pass_context
def cli(context: click.Context, home: str | None, debug: bool, server: str | None) -> None:
    """LLMOps for compound AI systems: version, prove, deploy, watch and roll back a whole Mission.

    Exit codes: 0 fine or GO, 1 NO-GO, 2 usage, 3 INCONCLUSIVE, 4 INVALID, 65 bad input, 69 unreachable, 70 our bug,
    75 try again, 77 not allowed.
    """
    session = context.ensure_object(Session)
    session.home, session.debug, session.server = home, debug, server or None


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    gc.set_threshold(COLLECT_EVERY, 20, 20)
    if "classifiers" not in (sys.argv if arguments is None else arguments):
        os.environ.setdefault(ONE_THREAD, "1")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # a stream that somebody put in their place may not know how
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    session, written_to = Session(), sys.stdout
    try:
        result = cli.main(args=arguments, prog_name="gonogo", standalone_mode=False, obj=session)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.Abort:
        click.echo(f"Stopped. {session.if_stopped}".rstrip(), err=True)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except GonogoError as error:
        sys.exit(_fail(f"{error}{_next_step(error)}", error.exit_code, session))
    except SystemExit as stop:
        # click turns a reader that went away (head, less) into exit code 1, which here would mean NO-GO; it then puts
        # another object in the place of standard output.
        sys.exit(stop.code if sys.stdout is written_to else BROKEN_PIPE)
    except OSError as error:
        sys.exit(_fail(*_file_trouble(error), session))
    except Exception as error:  # the last line: a bug must end in words and code 70, never a traceback by default
        bug = f"{type(error).__name__}: {error}\nThis is our bug. Please report it with what --debug prints."
        sys.exit(_fail(bug, OUR_BUG, session))
    sys.exit(result if isinstance(result, int) else 0)


def _next_step(error: GonogoError) -> str:
    """Where the message, made for every caller, cannot name the command."""
    if isinstance(error, GateClosed) and error.exit_code in (1, 3):
        name = error.version
        return f"\n  next: `gonogo verdict {name} --failed` shows why; --override REASON deploys it all the same"
    if isinstance(error, PromotionRefused):
        return "\n  next: more labelled rows with --data FILE; --override REASON promotes it all the same"
    return ""


def _file_trouble(error: OSError) -> tuple[str, int]:
    where = f"{error.filename}: " if error.filename else ""
    said = f"{where}{error.strerror or error}"
    if error.errno in NO_ROOM:
        return f"{said}: free some space, then run the same command again", TRY_AGAIN
    return f"{said}: check the path and its permissions", BAD_INPUT


def _fail(message: str, exit_code: int, session: Session) -> int:
    if session.debug:
        traceback.print_exc()
    click.echo(click.style("Error: ", fg="red", bold=True) + message, err=True, color=session.colour)
    return exit_code
