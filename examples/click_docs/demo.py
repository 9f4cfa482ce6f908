"""A Mission over somebody else's documentation: sections with gold labels, and questions that have no answer in it.

Builds a Mission folder from a file of JSON lines (``kind`` doc: id, title, text; ``kind`` query: id, text, rels,
answerable), evaluates it, and reports hit@5 of the gold sections and what happened to the unanswerable questions.

usage: python demo.py [FILE.jsonl.gz]
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import gonogo
from gonogo.statistics import Rate

DEFAULT = Path(__file__).resolve().parents[3] / "shared" / "data" / "quality" / "ret_docs_click.jsonl.gz"
MISSION_YAML = """\
mission: click-docs
models:
  large: {provider: builtin, model: extractive-large}
prompt:
  system: |
    Answer only from the documents.
    Cite the page.
    Answer in at most two sentences.
    Say that you do not know when the documents do not say.
retrieval: {sources: ["knowledge/*.md"], top_k: 5}
golden: golden.jsonl
gate: {mode: advisory}
"""


def main() -> int:
    """Build, evaluate, report."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    if not file.is_file():
        print(f"{file} is not here: give the path of such a file as argument")
        return 0
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    documents = {row["id"]: row for row in rows if row["kind"] == "doc"}
    queries = [row for row in rows if row["kind"] == "query"]
    with tempfile.TemporaryDirectory(prefix="gonogo-docs-") as work, gonogo.open(Path(work) / ".gonogo") as home:
        folder = Path(work) / "click-docs"
        names = write_mission(folder, documents, queries)
        version = home.build(folder).version
        verdict = home.evaluate(version)
        print(f"{version.name}: {len(documents)} sections, {len(queries)} questions\n{verdict.line}")
        report(home, version, queries, names)
    return 0


def write_mission(folder: Path, documents: dict[str, Any], queries: list[dict[str, Any]]) -> dict[str, str]:
    """Write the folder; gives document id -> page."""
    (folder / "knowledge").mkdir(parents=True)
    names = {}
    for number, (document_id, row) in enumerate(documents.items()):
        stem = re.sub(r"[^a-z0-9]+", "-", row["title"].lower()).strip("-")[:60]
        names[document_id] = f"knowledge/{number:03d}-{stem}.md"
        title = row["title"].replace('"', "'")
        (folder / names[document_id]).write_text(f'---\ntitle: "{title}"\n---\n\n{row["text"]}\n', encoding="utf-8")
    (folder / "mission.yaml").write_text(MISSION_YAML, encoding="utf-8")
    tasks = [
        {
            "id": f"q-{row['id']}",
            "question": row["text"],
            "tags": ["answerable" if gold(row) else "unanswerable"],
            "expect": [{"refuses": not gold(row)}],
        }
        for row in queries
    ]
    (folder / "golden.jsonl").write_text("\n".join(map(json.dumps, tasks)) + "\n", encoding="utf-8")
    return names


def gold(row: dict[str, Any]) -> list[str]:
    """Ids of the sections that answer a question; none for an unanswerable one."""
    return [] if row.get("answerable") is False else [key for key, grade in row.get("rels", {}).items() if grade > 0]


def report(home: gonogo.Home, version: gonogo.Version, queries: list[dict[str, Any]], names: dict[str, str]) -> None:
    """hit@5 with its interval, and the unanswerable questions."""
    found = asked = refused = unanswerable = answered = 0
    for row in queries:
        trace = home.ask(version, row["text"])
        unsure = trace.answer.startswith("I do not know")
        wanted = {names[key] for key in gold(row)}
        if not wanted:
            unanswerable += 1
            refused += unsure
            print(f"  no answer exists: {row['text']}\n    {trace.answer[:150]}")
            continue
        asked += 1
        answered += not unsure
        found += bool(wanted & {hit.chunk.source for hit in trace.chunks[:5]})
    rate = Rate(hits=found, total=asked)
    interval = rate.wilson()
    print(
        f"hit@5 of the gold sections: {found}/{asked} [{interval.low:.2f}, {interval.high:.2f}]; "
        f"answered {answered}/{asked}"
    )
    print(f"unanswerable questions refused: {refused}/{unanswerable}")


if __name__ == "__main__":
    sys.exit(main())
