"""Sums that are 0 when all their numbers are, one or two side by side: `Flow` and `Flows` of
windows.py.

How long a number has been 0 says whether all of the window are, so the one that leaves is not
looked at. Two flows share their ring and their registers. Worst case: none, a step is O(1).
"""

from tickpath.core.records cimport tp_window
from tickpath.hot.features.choice cimport apart_else, when_above
from tickpath.hot.features.windows cimport window_replace

cdef extern from *:
    """
    static inline void tp_flows_push(tp_window *w, double x, double y)
    {
        double *place = w->items + 2 * w->position;
        const tp_pair item = {x, y}, zero = {0.0, 0.0};
        const tp_pair idle = tp_pair_if(item == zero, tp_pair_at(w->f + 4) + 1.0);
        tp_pair total = tp_pair_at(w->f) + (item - tp_pair_at(place));
        tp_pair fresh = tp_pair_at(w->f + 2) + item;
        tp_pair_put(place, item);
        w->position += 1;
        w->held += w->held < w->capacity;
        total = tp_pair_if(idle < (double)w->capacity, total);
        if (w->position == w->capacity) {
            w->position = 0;
            total = fresh;
            fresh = zero;
        }
        tp_pair_put(w->f, total);
        tp_pair_put(w->f + 2, fresh);
        tp_pair_put(w->f + 4, idle);
    }
    """
    # take a number of each; f: both totals, both fresh, both idle
    void flows_push "tp_flows_push" (tp_window* w, double x, double y) noexcept nogil


cdef inline double flow_push(tp_window* w, double item) noexcept nogil:
    """Take a number; the sum, 0 of zeros. f: total, fresh, how long it has been 0."""
    w.f[0] += item - window_replace(w, item)
    w.f[1] += item
    w.f[2] = apart_else(item, 0.0, 0.0, w.f[2] + 1.0)
    w.f[0] = when_above(<double>w.capacity, w.f[2], w.f[0])
    if w.position == 0:
        w.f[0] = w.f[1]
        w.f[1] = 0.0
    return w.f[0]


cdef inline double flows_ratio(const tp_window* w) noexcept nogil:
    """The first sum over the second; 0 where that is not above 0."""
    return w.f[0] / w.f[1] if w.f[1] > 0.0 else 0.0
