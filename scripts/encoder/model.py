"""The encoder in torch: MiniLM's layers as plain modules, so that the lower ones can be frozen and their output kept.

Here: embeddings and layers with MiniLM's weights, the pooled vector of a pair, one linear head per task.
Not here: fitting (``train``), writing ONNX (``graph``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from pairs import TASKS
from torch import Tensor, nn

from gonogo.features.pair_pieces import STATES

WIDTH, HEADS, INNER, LAYERS = 384, 12, 1536, 6
PAD = 0


class Layer(nn.Module):
    """One transformer layer of BERT, with dropout on its two outputs."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.up = nn.Linear(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        b, t, _ = x.shape
        q, k, v = self.qkv(x).view(b, t, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        a = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.norm1(x + self.drop(self.out(a.transpose(1, 2).reshape(b, t, WIDTH))))
        return self.norm2(x + self.drop(self.down(nn.functional.gelu(self.up(x)))))


class Trunk(nn.Module):
    """Embeddings and the first ``depth`` layers."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.words = nn.Embedding(30522, WIDTH)
        self.places = nn.Embedding(512, WIDTH)
        self.segments = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(0.0) for _ in range(depth))

    def forward(self, ids: Tensor, segments: Tensor, mask: Tensor) -> Tensor:
        places = torch.arange(ids.shape[1])
        x = self.norm(self.words(ids) + self.places(places) + self.segments(segments))
        for layer in self.layers:
            x = layer(x, mask)
        return x


class Top(nn.Module):
    """What matches, the remaining layers, the pooled vector (first piece, mean of the judged text), a head per task."""

    def __init__(self, depth: int, dropout: float = 0.05) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS - depth))
        self.matches = nn.Embedding(STATES, WIDTH)
        nn.init.normal_(self.matches.weight, std=0.1)
        self.heads = nn.ModuleDict({task: nn.Linear(2 * WIDTH + 1, 1) for task in TASKS})
        for head in self.heads.values():
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)

    def pooled(self, x: Tensor, mask: Tensor, judged: Tensor, matched: Tensor) -> Tensor:
        x = x + self.matches(matched)
        for layer in self.layers:
            x = layer(x, mask)
        weight = judged.unsqueeze(-1).float()
        return torch.cat([x[:, 0], (x * weight).sum(1) / weight.sum(1).clamp(min=1)], 1)

    def forward(self, task: str, x: Tensor, mask: Tensor, judged: Tensor, matched: Tensor, cosine: Tensor) -> Tensor:
        z = torch.cat([self.pooled(x, mask, judged, matched), cosine.unsqueeze(1)], 1)
        return self.heads[task](z).squeeze(1)


def load(folder: Path, depth: int, dropout: float = 0.05) -> tuple[Trunk, Top]:
    """MiniLM split at ``depth``, from the folder of its ``model.safetensors``."""
    from safetensors.torch import load_file

    state = load_file(str(folder / "model.safetensors"))
    state = {k.removeprefix("bert."): v for k, v in state.items()}
    trunk, top = Trunk(depth), Top(depth, dropout)
    for name, module in (("word", trunk.words), ("position", trunk.places), ("token_type", trunk.segments)):
        module.weight.data.copy_(state[f"embeddings.{name}_embeddings.weight"])
    _copy(trunk.norm, state, "embeddings.LayerNorm")
    for at, layer in enumerate([*trunk.layers, *top.layers]):
        _copy_layer(layer, state, f"encoder.layer.{at}")  # type: ignore[arg-type]
    return trunk.eval(), top


def _copy(module: nn.Module, state: dict[str, Tensor], prefix: str) -> None:
    module.weight.data.copy_(state[f"{prefix}.weight"])  # type: ignore[union-attr,operator]
    module.bias.data.copy_(state[f"{prefix}.bias"])  # type: ignore[union-attr,operator]


def _copy_layer(layer: Layer, state: dict[str, Tensor], prefix: str) -> None:
    for part in ("weight", "bias"):
        packed = [state[f"{prefix}.attention.self.{which}.{part}"] for which in ("query", "key", "value")]
        getattr(layer.qkv, part).data.copy_(torch.cat(packed))
    _copy(layer.out, state, f"{prefix}.attention.output.dense")
    _copy(layer.norm1, state, f"{prefix}.attention.output.LayerNorm")
    _copy(layer.up, state, f"{prefix}.intermediate.dense")
    _copy(layer.down, state, f"{prefix}.output.dense")
    _copy(layer.norm2, state, f"{prefix}.output.LayerNorm")


def pad(sequences: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids padded to the longest, and the attention mask ``[B, 1, 1, T]`` (True: may be looked at)."""
    longest = max(map(len, sequences))
    ids = torch.tensor([[*s, *[PAD] * (longest - len(s))] for s in sequences])
    mask = torch.tensor([[True] * len(s) + [False] * (longest - len(s)) for s in sequences])
    return ids, mask[:, None, None, :]
