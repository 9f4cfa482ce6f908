"""Systems: system messages that stand in rows of a data set.

Here: one that all rows share becomes the Mission's prompt; different ones stay with their tasks.
Not here: system messages of templates (``prompting``).
"""

from __future__ import annotations

from gonogo.importing.carried import Carrying, Plain
from gonogo.importing.prompting import literal


def place_systems(carrying: Carrying) -> None:
    """Give every system message that came with a task its place; in a Mission that has a prompt they are left."""
    carried = carrying.carried
    said = {text for text, _ in carrying.systems}
    if said <= {""}:
        return
    if carrying.judges is not None:
        for text, node in carrying.systems:
            if text:
                why = "the Mission that the tasks go to has a system message of its own"
                carrying.leave(node, "system message", why, "prompts/system.md says what the model is told")
        return
    section: Plain = {"system": "prompts/system.md"}
    if len(said) == 1:
        text, variables = literal(said.pop())
        carried.files["prompts/system.md"] = f"{text.strip()}\n"
        section |= {"variables": variables} if variables else {}
    else:
        for task, (text, _) in zip(carried.tasks, carrying.systems, strict=True):
            if text:
                task["turns"] = [{"role": "system", "content": text}, *task.get("turns", ())]
        _more(carrying)["requests"] = {"system": "replace"}
        carrying.note(
            f"The rows have {len(said)} different system messages: each task brings its own, and requests.system: "
            "replace lets it, and every client. Once one prompt serves all, write it and take requests out."
        )
    _more(carrying).setdefault("prompt", section)


def _more(carrying: Carrying) -> Plain:
    return carrying.carried.mission if carrying.carried.mission is not None else carrying.carried.more
