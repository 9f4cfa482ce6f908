"""Training: classifiers from labelled rows - learned, measured, compared, registered - and their features over time.

Here: the classic half of operations: data, weights, measures with intervals, slices, bias, drift, promotion.
Not here: serving (``classifiers``), what a judgement is used for (``guardrails``, ``metrics`` and others).
"""
