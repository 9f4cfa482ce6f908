"""Retrieval: how fast, how good and how safe searching is, on public texts, beside other engines."""
