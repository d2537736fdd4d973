"""The order state machine as a table: state x report -> next state and what to do.

`machine.py` holds the same table in words; a test compares them. Ended orders are no row of the
table: they only take late fills and busts, every other report for them is a duplicate. Parked
orders are no row either: no venue knows them.
"""

from libc.stdint cimport uint8_t

cdef extern from *:
    """
    #include <stdint.h>
    enum {
        TP_DO_DUPLICATE = 0, TP_DO_STATE = 1, TP_DO_ACK = 2, TP_DO_FILL = 3, TP_DO_END = 4,
        TP_DO_REFUSE = 5, TP_DO_RESUME = 6, TP_DO_DOUBT = 7, TP_DO_BUST = 8
    };
    typedef struct tp_machine_cell { uint8_t next; uint8_t action; } tp_machine_cell;
    /* columns: none, ack, fill, cancel ack, replace ack, reject, cancel reject, expire, unknown,
       bust */
    static const tp_machine_cell tp_machine[6][10] = {
        /* free */
        {{0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}, {0, 1}},
        /* pending new */
        {{1, 1}, {2, 2}, {2, 3}, {7, 4}, {2, 2}, {8, 5}, {1, 1}, {9, 4}, {5, 7}, {1, 8}},
        /* live */
        {{2, 1}, {2, 2}, {2, 3}, {7, 4}, {2, 2}, {8, 5}, {2, 1}, {9, 4}, {2, 1}, {2, 8}},
        /* cancelling */
        {{3, 1}, {3, 2}, {3, 3}, {7, 4}, {3, 2}, {8, 5}, {2, 6}, {9, 4}, {5, 7}, {3, 8}},
        /* replacing */
        {{4, 1}, {4, 2}, {4, 3}, {7, 4}, {4, 2}, {8, 5}, {2, 6}, {9, 4}, {5, 7}, {4, 8}},
        /* unknown */
        {{5, 1}, {2, 2}, {2, 3}, {7, 4}, {2, 2}, {8, 5}, {5, 1}, {9, 4}, {5, 0}, {5, 8}},
    };
    """
    ctypedef struct tp_machine_cell:
        uint8_t next
        uint8_t action
    const tp_machine_cell tp_machine[6][10]
    enum:
        TP_DO_DUPLICATE               # nothing changes: the report was known
        TP_DO_STATE                   # nothing changes: the report makes no sense in this state
        TP_DO_ACK                     # the venue has the order
        TP_DO_FILL                    # count the fill, then next, or filled when complete
        TP_DO_END                     # the order ends as next
        TP_DO_REFUSE                  # ends as next, unless the venue had acknowledged it
        TP_DO_RESUME                  # the cancel failed: live, or pending new when not acked
        TP_DO_DOUBT                   # outcome unknown: stays reserved until a report says more
        TP_DO_BUST                    # take a counted fill back
