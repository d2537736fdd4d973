"""Kinds of execution algorithms, one a file: how much of an order is to be done by when.

A file exports `SPEC`, an `AlgorithmKind`: its `shares` turn a configured algorithm into cumulative
parts per million, one a slice, made once at configuration. What follows a table on the walk is the
same for all of them: `schedule.py` and `algorithm.py` beside this folder, native and plain Python.
"""
