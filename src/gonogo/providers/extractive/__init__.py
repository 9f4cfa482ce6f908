"""Extractive models: answers made of sentences of the retrieved chunks, with no weights and no key.

Here: reading instructions from the system prompt, scoring passages, deciding whether they answer, phrasing the answer.
Not here: searching (``retrieval``), language models (``providers.openai_compatible``).
"""
