"""Feature sets: what each built-in classifier reads from its texts, defined once for serving and for training.

Here: one file per classifier, and the digest of code that names a feature version. Not here: weights, learning.
"""
