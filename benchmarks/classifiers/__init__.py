"""Benchmarks of the classifiers: one source left out at a time, beside the named baseline, on the same rows."""
