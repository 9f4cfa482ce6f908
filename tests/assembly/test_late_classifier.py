from __future__ import annotations

import pytest

from gonogo.assembly.installed import load_weights
from gonogo.assembly.late_classifier import LateClassifier
from gonogo.contracts import Components, Example
from gonogo.errors import BadInput
from gonogo.features import Reader, StaticEmbedder
from gonogo.providers import packaged_prices


class Judge:
    name, digest, card = "toy", "d", "the card"

    def judge(self, example):
        return example


def test_weights_are_read_once_by_the_first_judgement():
    read = []
    late = LateClassifier("toy", lambda: read.append(1) or Judge())
    assert (late.name, read) == ("toy", [])
    example = Example(text=Reader(StaticEmbedder()).read("words"))
    assert late.judge(example) is example
    assert (late.digest, late.card, read) == ("d", "the card", [1])


def test_what_serves_reads_all_of_them_and_broken_ones_are_refused_there():
    def broken():
        raise BadInput("altered")

    reader = Reader(StaticEmbedder())
    late = LateClassifier("toy", broken)
    parts = Components(reader=reader, providers={}, prices=packaged_prices(), classifiers={"toy": late})
    with pytest.raises(BadInput, match="altered"):
        load_weights(parts)
