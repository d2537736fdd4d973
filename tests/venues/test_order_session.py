"""The order session as a state machine, without sockets: each transition, each bound."""

import pytest
from venues.order_scripts import OK, TIMES, URLS, Dialect, Stage, alerts, get, one, told

from tickpath.core.errors import DataError
from tickpath.venues.order_session import FINDINGS_MAX, JOBS_MAX, TRIES_MAX, Phase
from tickpath.venues.order_steps import (
    Action,
    AskRest,
    Beat,
    Call,
    Down,
    Found,
    Heard,
    Known,
    Reply,
    Script,
    SendLine,
    Standing,
    Up,
)
from tickpath.venues.session_actions import NS_PER_S, Alert, Open, Shut

PHASES = list(Phase)
OVERDUE = Known(
    client_order_id=1, instrument=0, state=2, quantity_lots=5, filled_lots=0, venue_order_id=0,
    t_sent_ns=0)  # fmt: skip


def kinds(actions: list[Action]) -> list[type]:
    return [type(action) for action in actions]


# -- from the start to orders ---------------------------------------------------------------------


def test_from_the_start_to_the_first_order() -> None:
    stage = Stage()
    actions = stage.start()
    assert one(actions, AskRest).call.path == "/token"
    actions = stage.answer(actions, Reply(status=200, body=b'{"key":"listen"}'))
    assert one(actions, Open).url == URLS[0]
    actions = stage.open(actions)
    assert one(actions, Open).url == f"{URLS[0]}/listen"
    assert one(stage.open(actions), SendLine).data == b"login SECRET"
    actions = stage.hear("orders", "reply 1")
    assert stage.session.phase is Phase.RECONCILING
    body = b'{"frames":["f1","f2"]}'
    actions = stage.answer(actions, Reply(status=200, body=body))
    assert told(actions) == [b"f1", b"f2"]
    assert one(actions[2:], Found).standing == Standing(frames=[b"f1", b"f2"])
    assert stage.session.phase is Phase.FOUND
    assert kinds(stage.take(stage.session.accept(stage.now_ns))) == [Up]
    sent = one(stage.request("line 7"), SendLine)
    assert (sent.data, sent.request) == (b"signed line 7", b"line 7")
    assert stage.session.counters.requests == 1


@pytest.mark.parametrize("phase", [p for p in PHASES if p is not Phase.READY])
def test_only_a_ready_session_sends(phase: Phase) -> None:
    stage = Stage()
    stage.until(phase)
    for text in ("line 1", "rest 1", "cancel 1"):
        actions = stage.request(text)
        assert told(actions) == [b"unsent " + text.encode()]
        assert kinds(actions) == [type(actions[0])]
    assert stage.request("late") == []
    assert stage.session.counters.unsent == 4


@pytest.mark.parametrize("phase", [p for p in PHASES if p is not Phase.FOUND])
def test_what_was_not_found_is_not_accepted(phase: Phase) -> None:
    stage = Stage()
    stage.until(phase)
    assert stage.session.accept(stage.now_ns) == []
    assert stage.session.phase is phase


@pytest.mark.parametrize("phase", PHASES)
def test_stop_ends_everything_in_every_phase(phase: Phase) -> None:
    stage = Stage()
    stage.until(phase)
    open_lines = {line.number for line in stage.session.lines.values()}
    actions = stage.session.stop("enough")
    assert {a.line for a in actions if isinstance(a, Shut)} == open_lines
    assert [a for a in actions if isinstance(a, Down)] == [Down("enough")] * (phase is Phase.READY)
    assert stage.session.wake_ns() is None
    assert stage.session.timer(stage.now_ns + 10**15) == []
    for number in range(10):
        assert stage.session.answered(number, OK, stage.now_ns) == []
        assert stage.session.opened(number, stage.now_ns) == []
        assert stage.session.frame(number, b"x", stage.now_ns) == []
        assert stage.session.closed(number, "", stage.now_ns) == []
    assert told(stage.request("line 1")) == [b"unsent line 1"]


def test_what_differs_is_asked_for_again_a_bounded_number_of_times() -> None:
    stage = Stage()
    actions = stage.to_found(["f1"])
    for k in range(1, FINDINGS_MAX + 1):
        assert one(actions, Found).last == (k == FINDINGS_MAX)
        assert stage.take(stage.session.again(stage.now_ns)) == []
        assert stage.session.phase is Phase.RECONCILING
        assert told(stage.request("line 1")) == [b"unsent line 1"]
        actions = stage.answer(stage.pass_s(1), Reply(status=200, body=b'{"frames":["f2"]}'))
        assert told(actions) == [b"f2"]
    assert len(stage.dialect.known) == FINDINGS_MAX + 1, "by what the engine knows by then"
    assert kinds(stage.session.accept(stage.now_ns)) == [Up]


# -- losing it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["orders", "events"])
def test_a_closed_line_begins_anew_at_the_other_endpoint(line: str) -> None:
    stage = Stage()
    stage.to_ready()
    number = stage.session.lines[line].number
    actions = stage.take(stage.session.closed(number, "cut", stage.now_ns))
    assert kinds(actions) == [Down, Alert, Shut, Shut]
    assert alerts(actions) == [f"line {line} closed: cut"]
    assert stage.session.phase is Phase.WAITING
    actions = stage.pass_s(1)
    actions = stage.answer(actions)
    if line == "events":
        actions = stage.open(actions)
    assert one(actions, Open).url.startswith(URLS[1])
    assert len(stage.dialect.known) == 1, "not reconciled again yet"
    assert told(stage.request("line 1")) == [b"unsent line 1"]


def test_a_notice_of_the_end_is_heard_after_its_frame() -> None:
    stage = Stage()
    stage.to_ready()
    actions = stage.hear("orders", "end")
    assert told(actions) == [b"end"]
    assert kinds(actions[1:]) == [Down, Alert, Shut, Shut]


def test_frames_go_to_the_engine_in_every_phase_with_a_line() -> None:
    stage = Stage()
    stage.to_login()
    assert told(stage.hear("events", "fill")) == [b"fill"]
    assert stage.session.counters.frames == 1


def test_a_quiet_line_is_dead() -> None:
    stage = Stage()
    stage.to_ready()
    stage.pass_s(110)
    stage.hear("orders", "x")
    actions = stage.pass_s(11)
    assert alerts(actions)[0] == "line events is quiet"
    assert isinstance(actions[0], Down)


def test_a_line_is_renewed_before_its_lifetime_ends() -> None:
    stage = Stage()
    stage.to_ready()
    while stage.session.phase is Phase.READY:
        stage.hear("orders", "x")
        stage.hear("events", "x")
        began_ns = stage.now_ns
        actions = stage.pass_s(30)
    assert "nears the end of its lifetime" in alerts(actions)[0]
    assert began_ns - 10**15 < 3590 * NS_PER_S <= began_ns - 10**15 + 30 * NS_PER_S


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_step_without_an_answer_ends_the_try(step: int) -> None:
    stage = Stage()
    actions = stage.start()
    for go in (stage.answer, stage.open, stage.open)[:step]:
        actions = go(actions)
    actions = stage.pass_s(5 if step else 5 * TRIES_MAX + 10)
    assert "no answer" in alerts(actions)[0]
    assert stage.session.counters.lost == 1
    if step:
        failed = stage.session.endpoints["events" if step == 2 else "orders"].states[0]
        assert failed.rest_until_ns > stage.now_ns, "the next try is at the other endpoint"


def test_a_call_is_repeated_a_bounded_number_of_times() -> None:
    stage = Stage()
    actions = stage.start()
    for _ in range(TRIES_MAX - 1):
        assert stage.answer(actions, Reply(status=503)) == []
        actions = stage.pass_s(4)
    actions = stage.answer(actions, Reply(status=503))
    assert alerts(actions) == ["establish: /token: HTTP 503"]
    assert len([a for a in stage.said if isinstance(a, AskRest)]) == TRIES_MAX


def test_a_lasting_fault_waits_long_and_a_passing_one_does_not() -> None:
    stage = Stage()
    stage.answer(stage.start(), Reply(status=401))
    assert stage.session.wake_ns() == stage.now_ns + TIMES.lasting_ns
    stage = Stage()
    stage.to_login()
    stage.hear("orders", "reply 1 refused lasting")
    assert stage.session.wake_ns() == stage.now_ns + TIMES.lasting_ns
    stage = Stage()
    stage.answer(stage.start(), Reply(status=400))
    assert (stage.session.wake_ns() or 0) <= stage.now_ns + NS_PER_S // 4


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b"null", b"{", b'"x"', b"\xff", b"[" * 5000])
def test_an_answer_of_another_form_is_told_without_its_text(body: bytes) -> None:
    stage = Stage()
    actions = stage.answer(stage.start(), Reply(status=200, body=body))
    assert stage.session.phase is Phase.WAITING
    assert "cannot be read" in alerts(actions)[0]


def test_a_fault_of_ours_in_a_script_is_told_without_its_text() -> None:
    class Broken(Dialect):
        def establish(self) -> Script:
            yield get("/token")
            raise DataError("SECRET")

    stage = Stage(Broken())
    actions = stage.answer(stage.start())
    assert alerts(actions) == ["establish: the venue's answer cannot be read (DataError)"]


def test_a_session_that_held_waits_little_the_next_time() -> None:
    stage = Stage()
    for _ in range(12):
        stage.answer(stage.start(), Reply(status=400))
    stage.to_ready()
    assert stage.session._backoff.failures == 12
    stage.pass_s(11)
    assert stage.session._backoff.failures == 0


def test_orders_that_are_overdue_are_asked_for_while_others_go_on() -> None:
    stage = Stage()
    stage.to_ready()
    assert [a for a in stage.pass_s(26) if isinstance(a, AskRest)] == []
    stage.overdue = [OVERDUE]
    actions = stage.pass_s(25)
    assert stage.dialect.known[-1] == [OVERDUE]
    assert one(stage.request("line 1"), SendLine)
    body = Reply(status=200, body=b'{"frames":["f1"]}')
    actions = stage.answer(actions, body)
    assert told(actions) == [b"f1"]
    assert stage.session.ready
    actions = stage.pass_s(25)
    assert [a for a in stage.pass_s(3) if isinstance(a, AskRest)] == [], "none beside itself"
    actions = stage.answer(actions, Reply(status=400))
    assert alerts(actions) == ["audit: HTTP 400"]
    assert stage.session.ready


# -- limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [418, 429])
@pytest.mark.parametrize(("after_s", "waits_s"), [(0, 60), (7, 7), (300, 300)])
def test_a_refusal_stops_every_request(status: int, after_s: int, waits_s: int) -> None:
    stage = Stage()
    actions = stage.start()
    reply = Reply(status=status, retry_after_ns=after_s * NS_PER_S)
    actions = stage.answer(actions, reply)
    assert alerts(actions) == [f"the venue refuses requests (HTTP {status}); it waits {waits_s} s"]
    assert [a for a in stage.pass_s(waits_s - 1) if isinstance(a, AskRest)] == []
    assert one(stage.pass_s(2), AskRest).call.path == "/token"


@pytest.mark.parametrize("text", ["line 1", "rest 1", "cancel 1"])
def test_nothing_of_the_engine_leaves_while_the_venue_refuses(text: str) -> None:
    stage = Stage()
    stage.to_ready()
    actions = stage.hear("orders", "ban30")
    assert alerts(actions) == ["the venue refuses requests for 30 s"]
    assert told(stage.request(text)) == [b"unsent " + text.encode()]
    stage.pass_s(30)
    assert kinds(stage.request(text))[0] in (SendLine, AskRest)


def test_an_order_beyond_the_budget_is_reported_and_never_sent_late() -> None:
    stage = Stage()
    stage.to_ready()
    actions: list[Action] = []
    for _ in range(12):
        actions += stage.request("rest 1")
    sent = [a for a in actions if isinstance(a, AskRest)]
    assert len(told(actions)) == 12 - len(sent)
    assert 0 < len(sent) < 12
    for ask in sent:
        stage.take(stage.session.answered(ask.number, OK, stage.now_ns))
    assert [a for a in stage.pass_s(59) if isinstance(a, AskRest)] == []


def test_a_cancel_beyond_the_budget_is_sent_once_there_is_room() -> None:
    stage = Stage()
    stage.to_ready()
    stage.budget.said(60 * NS_PER_S, 95, stage.now_ns)
    assert stage.request("cancel 1") == []
    assert one(stage.pass_s(61), AskRest).call.path == "/order/1"


def test_a_request_that_waits_for_room_is_reported_when_the_session_is_lost() -> None:
    for end in ("stop", "closed"):
        stage = Stage()
        stage.to_ready()
        stage.budget.said(60 * NS_PER_S, 95, stage.now_ns)
        stage.request("cancel 1")
        session, number = stage.session, stage.session.lines["orders"].number
        actions = session.stop() if end == "stop" else session.closed(number, "", stage.now_ns)
        assert told(actions) == [b"unsent cancel 1"]


def test_a_second_part_without_room_leaves_the_first_to_its_script() -> None:
    stage = Stage()
    stage.to_ready()
    stage.budget.said(60 * NS_PER_S, 90, stage.now_ns)
    actions = stage.answer(stage.request("two 1"))
    assert told(actions) == [b"answer 0"], "not reported as if nothing had left"
    assert stage.dialect.replies[-1] == Reply(left=False)


def test_what_the_venue_counts_is_counted() -> None:
    stage = Stage()
    stage.answer(stage.start(), Reply(status=200, body=b"{}", headers={"used": "93"}))
    assert stage.budget.windows[0].used == 93


def test_more_scripts_than_the_bound_are_refused_and_beats_wait() -> None:
    stage = Stage()
    stage.dialect.beating = [Beat(NS_PER_S, stage.dialect.beat, "beat")]
    stage.to_ready()
    stage.budget.windows.clear()
    actions: list[Action] = []
    for _ in range(JOBS_MAX + 1):
        actions += stage.request("cancel 1")
    assert told(actions) == [b"unsent cancel 1"] * 2, "one place is the beat's"
    assert (stage.session.wake_ns() or 0) > stage.now_ns
    stage.pass_s(4)


# -- requests and beats ---------------------------------------------------------------------------


def test_a_request_that_is_not_answered_is_not_sent_again() -> None:
    stage = Stage()
    stage.to_ready()
    one(stage.request("rest 1"), AskRest)
    actions = stage.pass_s(6)
    assert stage.dialect.replies == [Reply()]
    assert [a for a in actions if isinstance(a, AskRest)] == []


def test_a_request_that_cannot_be_said_is_reported_without_its_text() -> None:
    stage = Stage()
    stage.to_ready()
    actions = stage.request("bad 1")
    assert alerts(actions) == ["a request cannot be said (DataError): not sent"]
    assert told(actions) == [b"unsent bad 1"]


def test_a_late_answer_changes_nothing() -> None:
    stage = Stage()
    stage.to_ready()
    ask = one(stage.request("rest 1"), AskRest)
    stage.pass_s(6)
    assert stage.session.answered(ask.number, OK, stage.now_ns) == []


def test_beats_come_at_their_time_and_never_beside_themselves() -> None:
    stage = Stage()
    stage.dialect.beating = [Beat(10 * NS_PER_S, stage.dialect.beat, "beat")]
    actions = stage.to_ready()
    assert one(actions, AskRest).call.path == "/beat"
    stage.hear("orders", "ban40")
    stage.answer(actions, Reply(status=503))
    assert [a for a in stage.pass_s(39) if isinstance(a, AskRest)] == []
    assert one(stage.pass_s(2), AskRest).call.path == "/beat"


@pytest.mark.parametrize("vital", [False, True])
def test_a_beat_that_fails_is_told_and_ends_the_session_where_it_is_vital(vital: bool) -> None:
    stage = Stage()
    stage.dialect.beating = [Beat(10 * NS_PER_S, stage.dialect.beat, "beat", vital=vital)]
    actions = stage.answer(stage.to_ready(), Reply(status=400))
    assert alerts(actions) == ["beat: HTTP 400"]
    assert stage.session.ready != vital


def test_a_call_that_had_to_wait_has_a_new_time_stamp() -> None:
    made: list[int] = []

    def call() -> Call:
        made.append(0)
        return get(f"/orders/{len(made)}", anew=call)

    class Stamped(Dialect):
        def reconcile(self, known: object) -> Script:
            yield call()
            return Standing()

    stage = Stage(Stamped())
    stage.to_login()
    actions = stage.hear("orders", "reply 1")
    assert one(actions, AskRest).call.path == "/orders/1"
    stage.answer(actions, Reply(status=429))
    actions = stage.pass_s(61)
    assert one(actions, AskRest).call.path == "/orders/2"


def test_actions_show_nothing_secret() -> None:
    stage = Stage()
    actions = stage.start()
    actions = stage.answer(actions, Reply(status=200, body=b'{"key":"SECRET"}'))
    stage.open(stage.open(actions))
    assert stage.pass_s(5), "nobody answers the login"
    assert {AskRest, Open, SendLine, Alert, Shut} <= set(kinds(stage.said))
    assert "SECRET" not in repr(stage.said)
    assert "SECRET" not in repr(Reply(status=200, body=b"SECRET", headers={"a": "SECRET"}))
    assert "SECRET" not in repr(Heard(value="SECRET", number=1))
