"""When the requests of a run arrived at the venue, by what the run heard of them.

The answer to a request bears the time of its arrival, but for refusals and for the answer to a
query, which shows the order's times. Where the answer was lost, or says that the outcome is not
known, the first that was heard of the order tells of its arrival, and its end that of a cancel.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence

from tickpath.backtest.explain.lives import first_answers
from tickpath.backtest.explain.tables import Decision, ReportRow, RunTables
from tickpath.backtest.journal_messages import EVENT, Heard, lettered
from tickpath.core.records import IntentKind, ReportKind

NEVER = 2**63 - 1
HELD = -1
"""A request whose answer bears no time of its own: it arrived before the answer was said."""
ANSWER = "q"
LETTERS = {IntentKind.CANCEL: "c", IntentKind.QUERY: ANSWER}


def answers_of(run: RunTables, heard: Sequence[Heard]) -> dict[int, Heard]:
    """Answers by the index of their request, where messages say what they answer. Of several for
    one order the later is that of the later request, since what was lost is not known."""
    requests: dict[tuple[int, str], list[int]] = defaultdict(list)
    for k, decision in enumerate(run.decisions):
        order = decision.order or decision.target
        requests[order, LETTERS.get(IntentKind(decision.kind), "")].append(k)
    found = {}
    for each in reversed(heard):
        waiting = requests.get((each.key.order, each.key.by))
        if each.kind == ReportKind.UNKNOWN or not waiting:
            continue
        while waiting and run.decisions[waiting[-1]].t_ns > each.t_ns:
            waiting.pop()
        if waiting:
            found[waiting.pop()] = each
    return found


def arrivals(
    run: RunTables, heard: Sequence[Heard], answers: Mapping[int, Heard], response_ns: int | None
) -> list[int]:
    """Of each request in order. `answers` as `answers_of` has them. `response_ns`: how long every
    answer took, None: its stamp says when."""
    about: dict[int, list[Heard]] = defaultdict(list)
    for each in heard:
        for order in {row[0] for row in each.rows}:
            about[order].append(each)
    ended = _ended(run, answers, about)
    found = []
    for k, (decision, first) in enumerate(first_answers(run)):
        answer = answers.get(k)
        if not tells(run, decision):
            found.append(_first(decision, first, response_ns))
        elif answer is None:
            found.append(_arrived(about[decision.order]) or ended.get(k, NEVER))
        elif response_ns is not None:
            found.append(answer.venue_ns)
        elif decision.kind == IntentKind.QUERY:
            found.append(HELD)
        else:
            found.append(NEVER if answer.refused else answer.venue_ns or HELD)
    return found


def silences(
    run: RunTables, heard: Sequence[Heard], answers: Mapping[int, Heard]
) -> list[tuple[int, int]]:
    """From when until when by our clock nothing was heard around each request without an answer."""
    times = [each.t_ns for each in heard]
    found: list[tuple[int, int]] = []
    for k, decision in enumerate(run.decisions):
        if k not in answers and tells(run, decision):
            at = bisect_right(times, decision.t_ns)
            span = (times[at - 1] if at else 0, times[at] if at < len(times) else NEVER)
            if not found or found[-1] != span:
                found.append(span)
    return found


def tells(run: RunTables, decision: Decision) -> bool:
    """Whether messages of the venue of a request say what they answer."""
    return lettered(run.config, decision.instrument.partition(":")[0])


def _arrived(about: Sequence[Heard]) -> int:
    """When an order arrived whose answer was lost, by what else was heard of it; 0: nothing was."""
    known = [each for each in about if not each.refused]
    times = [each.created_ns or (each.venue_ns if each.key.by == EVENT else 0) for each in known]
    return min((t_ns for t_ns in times if t_ns), default=0)


def _ended(
    run: RunTables, answers: Mapping[int, Heard], about: dict[int, list[Heard]]
) -> dict[int, int]:
    """Arrivals of requests without an answer that ended their order: the last that were sent
    before the end was heard of, unless another one's answer says that it was that one."""
    found: dict[int, int] = {}
    waiting: dict[int, list[int]] = defaultdict(list)
    for k, decision in enumerate(run.decisions):
        if decision.target and decision.kind != IntentKind.QUERY and k not in answers:
            waiting[decision.target].append(k)
    for order, requests in waiting.items():
        ends = [each for each in about[order] if (order, ReportKind.CANCEL_ACK) in each.rows]
        if not ends or any(each.key.by not in (EVENT, ANSWER) for each in ends):
            continue
        sent = [k for k in requests if run.decisions[k].t_ns < ends[0].t_ns]
        if sent:
            found[sent[-1]] = ends[0].venue_ns
    return found


def _first(decision: Decision, answer: ReportRow | None, response_ns: int | None) -> int:
    """Where messages do not say what they answer."""
    if answer is None:
        return NEVER
    if response_ns is not None:
        return answer.t_ns - response_ns
    return HELD if decision.kind == IntentKind.QUERY else answer.t_venue_ns or HELD
