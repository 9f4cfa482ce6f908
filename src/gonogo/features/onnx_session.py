"""ONNX session: one graph from a file, run on one thread, loaded when it is first asked for.

Here: opening the file through onnxruntime (the extra ``minilm``), faults as errors that say what to do.
Not here: what goes into a graph (``minilm_embedder``, ``encoder``).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gonogo.errors import BadInput, ExtraMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gonogo.contracts.text import Matrix


class OnnxSession:
    """One graph with one output. Threads may share it: each run has memory of its own.

    Args:
        path: the ``.onnx`` file, read with the first ``run``.
        purpose: what it is for, as the message about a missing extra says it.
    """

    def __init__(self, path: Path, purpose: str) -> None:
        self.path, self._purpose = path, purpose
        self._session: Any = None  # Any: onnxruntime's class, which an installation without the extra has not
        self._lock = threading.Lock()

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> Matrix:
        """The graph's output.

        Raises:
            ExtraMissing: onnxruntime is not installed.
            BadInput: the file is missing or is no graph.
        """
        if self._session is None:
            with self._lock:
                if self._session is None:
                    self._session = self._open()
        output: Matrix = self._session.run(None, feeds)[0]
        return output

    def _open(self) -> Any:
        try:
            import onnxruntime
        except ImportError as error:
            raise ExtraMissing("minilm", self._purpose) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            content = self.path.read_bytes()
            return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except OSError as error:
            raise BadInput(f"{self.path}: the weights cannot be read ({error}); install gonogo again") from error
        except Exception as error:  # onnxruntime's own errors share no base class but this one
            first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise BadInput(f"{self.path}: not a graph onnxruntime can run ({first}); install gonogo again") from error
