"""Tiny models with random weights, written as each library writes its own, so that nothing is downloaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] how do i get a refund the order of it text same much longer about weather and"
VOCABULARY = {word: row for row, word in enumerate([*WORDS.split(), "x", "##x", "word", "mixed", "abc", "b"])}


def _tokenizer() -> Any:
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing

    made = Tokenizer(WordPiece(VOCABULARY, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    made.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return made


def model2vec(folder: Path) -> str:
    """A ``StaticModel`` as model2vec saves it."""
    from model2vec import StaticModel

    vectors = np.random.default_rng(1).normal(size=(len(VOCABULARY), 8)).astype("f4")
    StaticModel(vectors=vectors, tokenizer=_tokenizer(), config={"normalize": True}).save_pretrained(str(folder))
    return "tiny"


def sentence_transformers(folder: Path) -> str:
    """A BERT of one layer with mean pooling as sentence-transformers saves it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(VOCABULARY), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    bert = folder / "bert"
    BertModel(config).save_pretrained(bert)
    BertTokenizerFast(tokenizer_object=_tokenizer(), model_max_length=512).save_pretrained(bert)
    layers = Transformer(str(bert), max_seq_length=64)
    SentenceTransformer(modules=[layers, Pooling(8)], device="cpu").save(str(folder), create_model_card=False)
    return "tiny"


def fastembed(folder: Path) -> str:
    """An ONNX file that looks rows up, registered with fastembed as a model of one's own."""
    import onnx
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType
    from onnx import TensorProto, helper, numpy_helper

    rows = np.random.default_rng(1).normal(size=(len(VOCABULARY), 8)).astype("f4")
    integers = [
        helper.make_tensor_value_info(n, TensorProto.INT64, ["b", "t"]) for n in ("input_ids", "attention_mask")
    ]
    graph = helper.make_graph(
        [helper.make_node("Gather", ["rows", "input_ids"], ["last_hidden_state"])],
        "tiny",
        integers,
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["b", "t", 8])],
        [numpy_helper.from_array(rows, "rows")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    _tokenizer().save(str(folder / "tokenizer.json"))
    special = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]"}
    for name, content in {
        "config.json": {"pad_token_id": 0},
        "tokenizer_config.json": {"model_max_length": 512, "pad_token": "[PAD]"},
        "special_tokens_map.json": special,
    }.items():
        (folder / name).write_text(json.dumps(content))
    if "gonogo/tiny" not in {known["model"] for known in TextEmbedding.list_supported_models()}:
        TextEmbedding.add_custom_model(
            "gonogo/tiny",
            pooling=PoolingType.MEAN,
            normalization=True,
            sources=ModelSource(hf="gonogo/tiny"),
            dim=8,
            model_file="model.onnx",
        )
    return "gonogo/tiny"


FOLDERS: Mapping[str, Callable[[Path], str]] = {
    "fastembed": fastembed,
    "model2vec": model2vec,
    "sentence-transformers": sentence_transformers,
}
"""Each writes its model into a folder and returns the model's name."""
