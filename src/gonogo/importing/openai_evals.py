"""OpenAI Evals: the definition of an eval, its runs and its rows become a Mission with golden tasks.

Here: the template of a run as the Mission's prompt, its model, rows as tasks. Not here: telling files apart
(``openai_files``), graders (``openai_graders``), the older registry (``openai_registry``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gonogo.building.yaml_nodes import YamlNode
from gonogo.contracts import Assertions
from gonogo.errors import BadInput
from gonogo.importing.carried import OWN_PROMPT, Carried, Carrying, Plain
from gonogo.importing.columns import NONE, Columns
from gonogo.importing.conversations import QUESTIONS, asked, content_of, tags_of
from gonogo.importing.dataset import add_rows
from gonogo.importing.expected import ExpectedAs
from gonogo.importing.models import STAND_IN, model_name, pinned
from gonogo.importing.openai_files import Export, Row, cut_short, gathered
from gonogo.importing.openai_graders import OpenAIGraders
from gonogo.importing.openai_registry import import_registry
from gonogo.importing.prompting import Framing, Prompt, asked_of, framing, write_prompts
from gonogo.importing.source import child, items, mapping_at, number_at, text_at
from gonogo.importing.systems import place_systems
from gonogo.importing.templates import PLACE, filled, lookup

_FORMAT: Final = "OpenAI Evals"
_NO_ROWS: Final = {
    "file_id": ("its rows stand in the file {id}", "download it (GET /v1/files/{id}/content) into the same folder"),
    "stored_completions": ("its rows are stored completions", "save the run's output_items into the same folder"),
    "logs": ("its rows are logs", "save the run's output_items into the same folder"),
    "responses": ("its rows are stored responses", "save the run's output_items into the same folder"),
}
_READ: Final = {
    "id", "object", "name", "created_at", "metadata", "data_source_config", "testing_criteria", "eval", "runs", "run",
    "output_items", "data", "shared_with_openai",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asking:
    """How a run asks: a template, or the path of question or messages in each row."""

    prompt: Prompt | None = None
    turns: tuple[dict[str, str], ...] = ()
    path: str = ""


def import_openai_evals(
    path: Path,
    assertions: Assertions,
    how: ExpectedAs = "auto",
    judges: frozenset[str] | None = None,
    columns: Columns = NONE,
) -> Carried:
    """Read a file, or a folder with what the API gave: the eval, its runs, output items and rows.

    Args:
        how: what an expected output of rows without graders asks of an answer.
        columns: paths of question and expected output in a row, where no template or grader says them.

    Raises:
        BadInput: a file cannot be read, there are several evals, or no row can be asked.
    """
    export = gathered(path)
    if export.registry:
        return import_registry(export, assertions, how, judges)
    definition = _the_one(export, path)
    name = text_at(definition, "name") if definition is not None else ""
    carrying = Carrying(_FORMAT, path.name, name or path.stem, assertions, judges)
    if definition is None and not export.runs:
        add_rows([row.node for row in export.rows], how, carrying, columns)
    else:
        _bring(export, definition, columns.question, carrying)
    for node in cut_short(export):
        instead = "fetch the next page (after=LAST_ID) into the same folder, and import again"
        carrying.leave(node, "has_more", "the list goes on behind this page", instead)
    if export.repeated:
        rows = "1 row" if export.repeated == 1 else f"{export.repeated:,} rows"
        carrying.note(f"{rows} stood more than once, in a file and in a run or its results: each was taken once.")
    if not carrying.carried.tasks and export.rows:
        raise BadInput(f"no row of {path.name} has a question{_first(carrying)}")
    place_systems(carrying)
    return carrying.carried


def _first(carrying: Carrying) -> str:
    return f": {carrying.carried.left[0]}" if carrying.carried.left else ""


def _the_one(export: Export, path: Path) -> YamlNode | None:
    """The definition; the later one where the same eval was saved twice.

    Raises:
        BadInput: definitions of several evals.
    """
    by_id = {text_at(node, "id") or f"{node.file}:{node.line}": node for node in export.definitions}
    if len(by_id) > 1:
        names = ", ".join(text_at(node, "name") or key for key, node in list(by_id.items())[:5])
        raise BadInput(
            f"{path} holds {len(by_id)} evals ({names}): put each into a folder of its own, one Mission each"
        )
    return next(iter(by_id.values()), None)


def _bring(export: Export, definition: YamlNode | None, question: str, carrying: Carrying) -> None:
    run = _chosen(export, carrying)
    criteria = child(definition, "testing_criteria") if definition is not None else None
    if definition is not None:
        carrying.leave_others(definition, _READ, "", "leave it")
    source = child(run, "data_source") if run is not None else None
    graders = OpenAIGraders(items(criteria) if criteria is not None else (), carrying)
    asking = _asking(source, carrying)
    if asking == _Asking():
        asking = _Asking(path=question or _only_one(export.rows, graders.references()))
    if carrying.judges is not None:
        carrying.note(OWN_PROMPT)
    else:
        models = _models(source, carrying)
        carrying.carried.mission = {"mission": carrying.carried.name, "models": models}
    if criteria is None:
        carrying.note("No definition with testing_criteria was found: the tasks expect nothing yet, and are drafts.")
    frame = Framing("")
    if asking.prompt is not None:
        frame = framing(asking.prompt, [row.item for row in export.rows], carrying)
    for row in export.rows:
        _add(row, asking, frame, graders, carrying)
    prompt = asking.prompt or Prompt(node=export.rows[0].node if export.rows else YamlNode(value=None, file="", line=1),
                                     system="", user="{{ question }}")  # fmt: skip
    if carrying.judges is None and not (asking.prompt is None and _systems(carrying)):
        write_prompts([prompt], frame if asking.prompt is not None else Framing("question"), carrying)
    if not export.rows:
        carrying.note("No rows were found: put them as JSONL into the folder beside the definition, and import again.")


def _systems(carrying: Carrying) -> bool:
    return any(text for text, _ in carrying.systems)


def _chosen(export: Export, carrying: Carrying) -> YamlNode | None:
    """The newest run, whose prompt and model are carried; rows of every run are."""
    for node in export.runs:
        source = node.at("data_source", "source")
        why, instead = _NO_ROWS.get(text_at(source, "type"), ("", ""))
        if why and not export.rows:
            file = text_at(source, "id")
            carrying.leave(source, "data_source.source", why.format(id=file), instead.format(id=file))
    newest = max(export.runs, key=lambda node: number_at(node, "created_at") or 0, default=None)
    for node in export.runs:
        if node is not newest:
            name = text_at(node, "name") or text_at(node, "id") or "a run"
            why = f"{name}: a Mission has one prompt and one model that answers; the newest run's were carried"
            carrying.leave(node, "data_source", why, "`gonogo compare` puts models and Versions side by side")
    return newest


def _models(source: YamlNode | None, carrying: Carrying) -> Plain:
    model = text_at(source, "model") if source is not None else ""
    if source is None or not model:
        carrying.note("No run names a model: the built-in one stands in its place. Name yours under models.")
        return {"standin": dict(STAND_IN)}
    params = mapping_at(source, "sampling_params")
    for key, node in params.items():
        if key not in pinned(params) and node.value is not None:
            instead = "tools/*.json in OpenAI's format" if key == "tools" else "see docs/gateway.md"
            carrying.leave(node, f"sampling_params.{key}", "has no counterpart under params", instead)
    kept = pinned(params)
    entry: Plain = {"provider": "openai", "model": model, **({"params": kept} if kept else {})}
    return {model_name(model, {}): entry}


def _asking(source: YamlNode | None, carrying: Carrying) -> _Asking:
    written = child(source, "input_messages") if source is not None else None
    if written is None:
        if source is not None:
            carrying.note("The run judged answers that it was given; here every question is asked anew.")
        return _Asking()
    reference = text_at(written, "item_reference")
    if reference:
        return _Asking(path=reference.removeprefix("item."))
    system: list[str] = []
    turns: list[dict[str, str]] = []
    template = child(written, "template")
    for message in items(template) if template is not None else ():
        content = child(message, "content")
        plain = content.plain() if content is not None else ""
        text = _unspaced(content_of([plain] if isinstance(plain, dict) else plain))
        role = text_at(message, "role") or "user"
        if role in ("system", "developer"):
            system.append(text)
        elif role not in ("user", "assistant"):
            why = f"{role[:40]!r} is no role of a message"
            carrying.leave(message, "input_messages.template", why, "user, assistant, system or developer")
        else:
            turns.append({"role": role, "content": text})
    last = max((place for place, turn in enumerate(turns) if turn["role"] == "user"), default=-1)
    if last < 0:
        return _Asking()
    for _ in turns[last + 1 :]:
        why = "a message behind the last one of the user is no question"
        carrying.leave(written, "input_messages.template", why, "put what it says into prompts/system.md")
    prompt = Prompt(node=written, system="\n\n".join(system), user=turns[last]["content"])
    return _Asking(prompt=prompt, turns=tuple(turns[:last]))


def _unspaced(text: str) -> str:
    """``{{ item.name }}`` as ``{{ name }}``: the variables of a template are those of a row."""
    return PLACE.sub(lambda found: f"{{{{ {found[1].removeprefix('item.')} }}}}", text)


def _add(row: Row, asking: _Asking, frame: Framing, graders: OpenAIGraders, carrying: Carrying) -> None:
    graded = graders.expected(row.item)
    turns: list[Plain] = [
        {"role": turn["role"], "content": filled(turn["content"], row.item)[0]} for turn in asking.turns
    ]
    system = ""
    if asking.prompt is not None:
        question = asked_of(asking.prompt, frame, row.item)
    else:
        made = asked(_given(row, asking.path))
        question, turns, system = made.question, made.turns, made.system
    task: Plain = {
        "id": str(row.item.get("id") or ""),
        "question": question,
        "reference": graded.reference,
        "expect": graded.expect,
        "draft": not graded.expect,
        "turns": turns,
        "tags": tags_of(row.item.get("metadata")).tags,
        "threshold": graded.threshold,
    }
    carrying.add(task, row.node, system=system)


def _only_one(rows: list[Row], references: frozenset[str]) -> str:
    """The one key of the rows that no grader compares with and that has no usual name; empty where there are more."""
    keys = {key for row in rows for key, value in row.item.items() if isinstance(value, str)}
    if keys & {*QUESTIONS, "messages", "inputs"}:
        return ""
    others = keys - references - {"id", "metadata"}
    return next(iter(others)) if len(others) == 1 else ""


def _given(row: Row, path: str) -> Any:
    """What a row without a template is asked: its messages, a value of a usual name, or what the run had sent."""
    if path:
        return lookup(path, row.item)[0]
    named = {key: value for key, value in row.item.items() if key.lower() in (*QUESTIONS, "messages", "inputs")}
    return named or row.sample.get("input")
