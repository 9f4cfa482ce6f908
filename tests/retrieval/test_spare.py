"""While a server does not answer, the vectors that this machine keeps do."""

from __future__ import annotations

import numpy as np
import pytest

from gonogo.errors import IndexIncomplete, Unreachable
from gonogo.retrieval.spare import AGAIN_AFTER, SpareVectors
from gonogo.retrieval.vectors import ExactVectors, Hits, Mask, Places, Vector

MATRIX = np.eye(4, dtype=np.float32)
QUESTION = MATRIX[2]


class Server(ExactVectors):
    """Finds everything, unless it is down."""

    waits = True

    def __init__(self) -> None:
        super().__init__(MATRIX)
        self.down, self.asked = False, 0

    def nearest(self, vector: Vector, n: int, where: object, allowed: Mask | None) -> Hits:
        self._answer()
        return super().nearest(vector, n, {}, allowed)

    def cosines(self, vector: Vector, places: Places) -> np.ndarray:
        self._answer()
        return super().cosines(vector, places)

    def _answer(self) -> None:
        self.asked += 1
        if self.down:
            raise Unreachable("the server is down")


class Desk:
    """A server, its vectors here, and a clock that is set by hand."""

    def __init__(self, kept: bool = True, checked: bool = True) -> None:
        self.server, self.now, self.checks, self.fits = Server(), 100.0, 0, True
        self.vectors = SpareVectors(
            self.server, self._check, lambda: MATRIX if kept else None, checked=checked, now=lambda: self.now
        )

    def _check(self) -> None:
        self.checks += 1
        if not self.fits:
            raise IndexIncomplete("it holds other vectors")

    def best(self) -> int:
        return int(np.argmax(self.vectors.nearest(QUESTION, 4, {}, None).cosines))


def test_a_server_that_fails_is_not_asked_again_at_once(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.server.down = True
    assert [desk.best() for _ in range(3)] == [2, 2, 2]
    assert desk.vectors.cosines(QUESTION, np.array([1, 2])).tolist() == [0.0, 1.0]
    assert desk.server.asked == 1
    assert caplog.text.count("vectors kept on this machine are searched meanwhile: the server is down") == 1


def test_a_server_that_is_back_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.server.down = True
    desk.best()
    desk.server.down = False
    desk.now += AGAIN_AFTER
    assert desk.best() == 2
    assert desk.best() == 2
    assert desk.server.asked == 3
    assert "searched on its server again" in caplog.text


def test_without_vectors_of_its_own_the_search_fails_as_the_server_did() -> None:
    desk = Desk(kept=False)
    desk.server.down = True
    with pytest.raises(Unreachable, match="the server is down"):
        desk.best()


def test_a_server_that_was_down_at_first_is_compared_before_it_is_searched() -> None:
    desk = Desk(checked=False)
    desk.fits = False
    assert desk.best() == 2
    assert (desk.checks, desk.server.asked) == (1, 0)
    desk.fits = True
    desk.now += AGAIN_AFTER
    assert desk.best() == 2
    assert (desk.checks, desk.server.asked) == (2, 1)
