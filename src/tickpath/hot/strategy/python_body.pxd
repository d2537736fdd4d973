"""The adaptor of plain Python strategies, and the records between C and Python."""

from tickpath.core.records cimport tp_intents, tp_own_orders, tp_strategy_fn, tp_view


cdef class PythonBody:
    cdef readonly object body         # call(view, block, out), see bodies.py
    cdef public object block          # numpy record over the state block, None when there is none
    cdef public str error             # text of the last exception
    cdef int int_count
    cdef int float_count

    cdef int run(self, const tp_view* view, object block, tp_intents* out) except -1


cdef tp_strategy_fn python_entry() noexcept
cdef object view_to_python(const tp_view* view)
cdef int view_from_python(tp_view* out, object view) except -1
cdef int own_from_python(tp_own_orders* out, object orders) except -1
cdef object intents_to_python(const tp_intents* intents, int start)
