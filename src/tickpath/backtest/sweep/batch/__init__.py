"""Parameter sets over one stream instead of one engine each: the same figures, for what is covered.

A run reads the same frames, builds the same books and takes the same features whatever the
parameters are. `stream.py` does that once, with the engine and the simulated venue themselves;
`devices/gpu/sweep.py` walks all sets along the result. `cover.py` says which strategies and
configurations that is exact for, and refuses all others by name.
"""
