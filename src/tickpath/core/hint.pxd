"""Branch hints for the walk, see hint.h: only for what is rare under every strategy and market."""

cdef extern from "hint.h" nogil:
    bint tp_likely(bint condition)
    bint tp_unlikely(bint condition)
