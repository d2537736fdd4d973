"""Branch hints for the walk, see hint.h: for what is rare, or what a run has to ask for."""

cdef extern from "hint.h" nogil:
    bint tp_likely(bint condition)
    bint tp_unlikely(bint condition)
