"""Orders that belong together: what a fill or an end of one does to the others.

A link is a number that a strategy gives to some of its orders on one instrument. Its entry arms its
children with what it fills; a fill of any other member takes from the parked ones and cancels those
at the venue; a member that fills whole, or triggers, ends the others. Clips of an iceberg report to
their parked parent, which is a member like any other. Nothing is sent here: `working` does that.
"""

from tickpath.core.records import LinkRole, Order, OrderState
from tickpath.hot.execute.algorithm import clip_gone
from tickpath.hot.execute.order_table import ROLE_CLIP, Ended, Row, Wait, Work, leaves_of
from tickpath.hot.execute.state import State

INT64_MAX = 2**63 - 1


def members(s: State, order: Order, link: int) -> list[Row]:
    """The other rows of an order's link, oldest first."""
    if link == 0:
        return []
    return [
        row
        for row in s.own_rows(order.strategy, order.instrument)
        if row.work.link == link and row.order.client_order_id != order.client_order_id
    ]


def end_order(s: State, row: Row, state: OrderState, cumulative_lots: int) -> None:
    """An order leaves the table, and its link and its iceberg hear of it."""
    s.remove(row, state, cumulative_lots)
    ended = s.ended[row.order.client_order_id]
    if row.work.role == ROLE_CLIP:
        clip_ended(s, ended)
    elif row.work.link:
        link_ended(s, ended)


def end_parked(s: State, row: Row, state: OrderState) -> None:
    """End an order that is not at the venue, and tell its strategy."""
    leaves = leaves_of(row.order)
    end_order(s, row, state, -1)
    s.notice(row.order, 0 if state == OrderState.FILLED else leaves)


def stop_member(s: State, row: Row) -> None:
    """A member is no longer wanted: parked ones end, those at the venue are cancelled."""
    if row.order.state != OrderState.PARKED or row.work.partner:
        row.work.cancel = 1
        clip = s.rows.get(row.work.partner)
        if row.order.state == OrderState.PARKED and clip is not None:
            clip.work.cancel = 1
    elif row.order.client_order_id in s.rows:
        end_parked(s, row, OrderState.CANCELLED)


def stop_others(s: State, order: Order, link: int) -> None:
    """No other member of a link is wanted."""
    for row in members(s, order, link):
        if row.order.client_order_id in s.rows:
            stop_member(s, row)


def clip_ended(s: State, clip: Ended) -> None:
    """The parent refills, or ends as its clip did. One that is paused or follows an algorithm
    outlives a clip that the venue did not refuse."""
    parent = s.rows.get(clip.partner)
    if parent is None or parent.work.partner != clip.order.client_order_id:
        return
    goes_on = parent.work.wait >= Wait.SLICES and clip.order.state != OrderState.REJECTED
    clip_gone(s, parent, clip)
    if leaves_of(parent.order) == 0:
        end_parked(s, parent, OrderState.FILLED)
    elif parent.work.cancel:
        end_parked(s, parent, OrderState.CANCELLED)
    elif clip.order.state != OrderState.FILLED and not goes_on:
        end_parked(s, parent, OrderState(clip.order.state))


def link_ended(s: State, ended: Ended) -> None:
    """The last entry lets its children go out or ends them; a whole fill ends the others."""
    order = ended.order
    others = members(s, order, ended.link)
    if ended.role != LinkRole.ENTRY:
        if order.state == OrderState.FILLED:
            stop_others(s, order, ended.link)
        return
    if any(row.work.role == LinkRole.ENTRY for row in others):
        return
    for row in others:
        if row.work.role != LinkRole.CHILD or row.order.client_order_id not in s.rows:
            continue
        if row.work.armed_lots > 0:
            if row.work.wait == Wait.ENTRY:
                row.work.wait = Wait.NOW
        elif ended.awaited_lots == 0 and row.order.state == OrderState.PARKED:
            end_parked(s, row, OrderState.CANCELLED)


def clip_filled(s: State, parent_id: int, lots: int, late: bool) -> None:
    """A clip filled: so did its parent, wherever it stands. What a late fill leaves no room for is
    cancelled."""
    parent = s.rows.get(parent_id)
    ended = s.ended.get(parent_id)
    if parent is not None:
        order = parent.order
        order.filled_lots = min(INT64_MAX, order.filled_lots + lots)
        link_filled(s, order, parent.work, lots, late)
        clip = s.rows.get(parent.work.partner)
        if not late:
            return
        if leaves_of(order) == 0 and parent.work.partner == 0:
            end_parked(s, parent, OrderState.FILLED)
        elif clip is not None and leaves_of(order) < leaves_of(clip.order):
            clip.work.cancel = 1
    elif ended is not None:
        ended.order.filled_lots = min(INT64_MAX, ended.order.filled_lots + lots)
        link_filled(s, ended.order, ended, lots, True)


def clip_arrived(s: State, parent_id: int, lots: int) -> None:
    """Awaited lots of an ended clip have come."""
    parent = s.rows.get(parent_id)
    if parent is not None:
        parent.work.awaited_lots -= lots


def clip_busted(s: State, parent_id: int, lots: int) -> None:
    """A fill of a clip was taken back: what is left open of the parent stays as it was."""
    row = s.rows.get(parent_id)
    parent = row if row is not None else s.ended.get(parent_id)
    if parent is not None:
        parent.order.filled_lots -= lots
        parent.order.quantity_lots -= lots


def link_filled(s: State, order: Order, work: Work | Ended, lots: int, late: bool) -> None:
    """`lots` of an order filled: arm its children, take from its partners."""
    if work.role == ROLE_CLIP:
        clip_filled(s, work.partner, lots, late)
        return
    others = members(s, order, work.link)
    last = late and not any(row.work.role == LinkRole.ENTRY for row in others)
    for row in others:
        if row.order.client_order_id not in s.rows:
            continue
        parked = row.order.state == OrderState.PARKED
        if work.role == LinkRole.ENTRY:
            if row.work.role == LinkRole.CHILD and parked:
                row.work.armed_lots = min(row.order.quantity_lots, row.work.armed_lots + lots)
                if last and row.work.wait == Wait.ENTRY:
                    row.work.wait = Wait.NOW
        elif row.work.role != LinkRole.ENTRY:
            if not parked or row.work.wait >= Wait.CLIPS:
                stop_member(s, row)
            else:
                row.work.armed_lots -= lots
                if row.work.armed_lots <= 0:
                    end_parked(s, row, OrderState.CANCELLED)
