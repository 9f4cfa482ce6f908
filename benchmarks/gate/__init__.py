"""Gate: how often its Verdicts are wrong, and how many tasks they take, over simulated pairs of Versions."""
