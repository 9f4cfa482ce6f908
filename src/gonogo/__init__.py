"""gonogo: LLMOps for compound AI systems."""

__version__ = "0.1.0"
