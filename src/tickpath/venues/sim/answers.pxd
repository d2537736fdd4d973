"""Replies of the simulated venue to a request: text of the venue, or the records it stands for."""

from libc.stdint cimport int32_t, int64_t, uint64_t
from tickpath.venues.sim.direct cimport (
    direct_cancelled,
    direct_half,
    direct_placed,
    direct_refused,
    direct_replaced,
    direct_standing,
    direct_stopped,
)
from tickpath.venues.sim.rates cimport CODE_TOO_MANY, RateWindow, rate_begun
from tickpath.venues.sim.terms cimport Refusal
from tickpath.venues.sim.text cimport (
    tp_sim_line,
    tp_sim_slice,
    write_cancelled,
    write_error,
    write_half,
    write_limited,
    write_placed,
    write_replaced,
    write_standing,
    write_stopped,
)
from tickpath.venues.sim.venue cimport (
    CODE_UNKNOWN_ORDER,
    Mail,
    VenueState,
    count_refusal,
    mail_close,
    mail_push,
)

cdef struct Asked:                    # whom a reply answers
    int32_t venue
    bint cancels                      # record: a cancel
    uint64_t own                      # record: the order meant
    tp_sim_slice id                   # text: the request's id as written
    tp_sim_slice name                 # text: the same without quotes


cdef inline Mail* reply(VenueState* v, const Asked* asked, int64_t t_ns) noexcept nogil:
    cdef Mail* mail = mail_push(v, &v.reports)
    if mail != NULL:
        mail.t_ns = t_ns
        mail.venue = asked.venue
    return mail


cdef inline void answer_refused(
    VenueState* v, const Asked* asked, const Refusal* r, int64_t t_ns
) noexcept nogil:
    cdef Mail* mail = reply(v, asked, t_ns)
    count_refusal(v, r.code)
    if mail == NULL:
        return
    if v.direct:
        mail_close(mail, direct_refused(mail.text, asked.own, asked.cancels, r.code))
    else:
        mail_close(mail, write_error(mail.text, asked.id, r.code, r.message))


cdef inline void answer_limited(
    VenueState* v, const Asked* asked, const RateWindow* w, int64_t t_ns
) noexcept nogil:
    """A window of new orders is full: the reply says when it ends."""
    cdef Mail* mail = reply(v, asked, t_ns)
    cdef int64_t until_ns = rate_begun(w, t_ns) + w.length_ns
    count_refusal(v, CODE_TOO_MANY)
    if mail == NULL:
        return
    if v.direct:
        mail_close(mail, direct_refused(mail.text, asked.own, 0, CODE_TOO_MANY))
    else:
        mail_close(mail, write_limited(
            mail.text, asked.id, CODE_TOO_MANY, w.message, t_ns // 1000000, until_ns // 1000000))


cdef inline void answer_placed(
    VenueState* v, const Asked* asked, const tp_sim_line* line, int64_t t_ns
) noexcept nogil:
    cdef Mail* mail = reply(v, asked, t_ns)
    if mail == NULL:
        return
    if v.direct:
        mail_close(mail, direct_placed(mail.text, asked.own, line))
    else:
        mail_close(mail, write_placed(mail.text, asked.id, line))


cdef inline void answer_cancelled(
    VenueState* v, const Asked* asked, const tp_sim_line* line, int64_t t_ns
) noexcept nogil:
    cdef Mail* mail = reply(v, asked, t_ns)
    if mail == NULL:
        return
    if v.direct:
        mail_close(mail, direct_cancelled(mail.text, asked.own, line))
    else:
        mail_close(mail, write_cancelled(mail.text, asked.id, line))


cdef inline void answer_standing(
    VenueState* v, const Asked* asked, const tp_sim_line* line, int64_t t_ns
) noexcept nogil:
    """What became of the order that was asked after."""
    cdef Mail* mail = reply(v, asked, t_ns)
    if mail == NULL:
        return
    if v.direct:
        mail_close(mail, direct_standing(mail.text, asked.own, line))
    else:
        mail_close(mail, write_standing(mail.text, asked.id, line))


cdef inline void answer_replaced(
    VenueState* v, const Asked* asked, const tp_sim_line* old, const tp_sim_line* line,
    int64_t t_ns
) noexcept nogil:
    cdef Mail* mail = reply(v, asked, t_ns)
    if mail == NULL:
        return
    if v.direct:
        mail_close(mail, direct_replaced(mail.text, asked.own, old, line))
    else:
        mail_close(mail, write_replaced(mail.text, asked.id, old, line))


cdef inline void answer_half(
    VenueState* v, const Asked* asked, const tp_sim_line* old, const Refusal* r, int64_t t_ns
) noexcept nogil:
    """The cancel of a replace succeeded, the new order failed."""
    cdef Mail* mail = reply(v, asked, t_ns)
    count_refusal(v, r.code)
    if mail == NULL:
        return
    if v.direct:
        mail_close(mail, direct_half(mail.text, asked.own, old, r.code))
    else:
        mail_close(mail, write_half(mail.text, asked.id, old, r.code, r.message))


cdef inline void answer_stopped(VenueState* v, const Asked* asked, int64_t t_ns) noexcept nogil:
    """The cancel of a replace failed: the new order was not tried."""
    cdef Mail* mail = reply(v, asked, t_ns)
    count_refusal(v, CODE_UNKNOWN_ORDER)
    if mail == NULL:
        return
    if v.direct:
        mail_close(mail, direct_stopped(mail.text, asked.own, CODE_UNKNOWN_ORDER))
    else:
        mail_close(mail, write_stopped(mail.text, asked.id))
