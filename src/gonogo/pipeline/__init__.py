"""Pipeline: one request, answered the way a Version says. One file a step, in the order they run.

Here: the steps and the Trace they leave. Not here: the wire format (``gateway``), implementations of what the steps
call (``features``, ``retrieval``, ``providers`` ...), which arrive as ``Components``.
"""

from gonogo.pipeline.admission import Admitted, admit
from gonogo.pipeline.collect import Reply, answer
from gonogo.pipeline.respond import RecordTrace, respond

__all__ = ["Admitted", "RecordTrace", "Reply", "admit", "answer", "respond"]
