"""Handles of the native covariance and historical tail, for those who cimport them."""

from tickpath.core.arena cimport Arena
from tickpath.hot.risk.portfolio.covariance cimport CovarianceState
from tickpath.hot.risk.portfolio.historical cimport HistoricalState


cdef class Covariance:
    cdef CovarianceState* state
    cdef Arena arena
    cdef readonly str kernel


cdef class Historical:
    cdef HistoricalState* state
    cdef Arena arena
