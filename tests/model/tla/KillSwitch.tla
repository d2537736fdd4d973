------------------------------- MODULE KillSwitch -------------------------------
(* The kill switch from the ask to the last order off the venue.

   A command, a signal and a file ask at any time; between two inputs the driver makes a KILL input
   of an ask, before anything else. An input is journalled, judged, and its bytes leave, in separate
   steps, and the process may die between any two: what is journalled comes back, what had not left
   is gone, a file asks again, a command or signal that was not taken is lost with the process.
   Messages to the venue keep their order (one connection); what comes back does not. Some are lost,
   some cancels are refused, each a bounded number of times. A request that nobody answers becomes
   UNKNOWN and is asked after. The venue trades, replaces and rejects as it likes.

   Shown: no new order leaves after the KILL input, not even by a restart, until a person rearms;
   every ask of a process that lives is taken; and once killed for good, nothing stays open at the
   venue (liveness: every action that stays possible is taken).
   Left out: more than two orders, parked orders (they are at no venue), partial fills, a full
   journal (Spin's `kill` has it), a venue that refuses cancels or loses messages for ever.

   engine/reference.py                     here
     ops/kill.py KillSwitch, on_command      Kill, TakeKill
     _enter, _act, _leave                    Enter, Check, Leave
     _cancel_late                            Report (Sweep)
     hot/execute apply.py, send.py           Report, CancelOne, DropHeld
     hot/execute working.py, expire          Timeout

   Bug takes one step away, see Bugs. *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS
  Second,     \* whether order 2 is used
  Native,     \* whether the venue replaces; else the cancel goes and the new order is held
  Asks, Deaths, Losses, Refusals, Rearms, Hurries,   \* how often each may happen
  Bug

Bugs == {"none",
  "handler kills",      \* the handler itself sets the kill, between check and send
  "no check",           \* risk does not look at the kill
  "no sweep",           \* the KILL input cancels nothing
  "late ack",           \* a report that shows an order open does not cancel it
  "refused once",       \* an order whose cancel was refused is not asked after
  "held leaves",        \* held orders are not dropped
  "kill not written",   \* the KILL input is not in the journal
  "send first",         \* bytes leave before their input is in the journal
  "restart rearms",     \* a start forgets the kill
  "no query",           \* nobody asks after a silent request
  "ask lost"}           \* the driver clears asks that came during an input
ASSUME Bug \in Bugs

Orders == {1, 2}        \* 2 may replace 1
Open == {"new", "live"}
Nothing == <<"none", 0, 0>>

VARIABLES
  e, disk,              \* the engine: in memory, and as the journal would rebuild it
  pc, input, out,       \* the input in hand and its bytes
  up, down,             \* to the venue in order, from it in any order
  venue,                \* what each order is there
  asks,                 \* asks not taken yet
  left,                 \* what may still happen how often
  killed, bad           \* ghosts: a KILL input since the last rearm; a new order left after it
vars == <<e, disk, pc, input, out, up, down, venue, asks, left, killed, bad>>

Fresh == [killed |-> FALSE, st |-> [o \in Orders |-> "free"], acked |-> [o \in Orders |-> FALSE],
          linked |-> FALSE, asked |-> {}]

Init ==
  /\ e = Fresh /\ disk = Fresh
  /\ pc = "idle" /\ input = Nothing /\ out = <<>>
  /\ up = <<>> /\ down = {}
  /\ venue = [o \in Orders |-> "absent"]
  /\ asks = {}
  /\ left = [ask |-> Asks, death |-> Deaths, loss |-> Losses, refusal |-> Refusals,
             rearm |-> Rearms, hurry |-> Hurries]
  /\ killed = FALSE /\ bad = FALSE

-------------------------------- (* engine *) ----------------------------------
(* A step takes and gives <<engine, bytes>>. *)

Move(x, o, s) == [x EXCEPT !.st[o] = s]

CancelOne(p, o) ==
  IF p[1].st[o] \in Open
  THEN <<[Move(p[1], o, "cancel") EXCEPT !.asked = @ \ {o}], Append(p[2], <<"CANCEL", o>>)>>
  ELSE p

CancelUnknown(p, o) ==
  IF p[1].st[o] = "unknown" THEN <<p[1], Append(p[2], <<"CANCEL", o>>)>> ELSE CancelOne(p, o)

DropHeld(x) ==
  IF x.st[2] = "held" /\ Bug # "held leaves"
  THEN [x EXCEPT !.st[2] = "ended", !.linked = FALSE,
                 !.st[1] = IF @ = "replace" THEN "cancel" ELSE @]
  ELSE x

Kill(x) ==
  LET y == DropHeld([x EXCEPT !.killed = TRUE])
  IN IF Bug = "no sweep" THEN <<y, <<>>>> ELSE CancelUnknown(CancelUnknown(<<y, <<>>>>, 1), 2)

(* order 1 has its outcome: the one that was to replace it goes out, or is dropped *)
Settle(p, o, cancelled) ==
  IF o # 1 \/ ~p[1].linked THEN p
  ELSE LET x == [p[1] EXCEPT !.linked = FALSE] IN
    IF x.st[2] # "held" THEN <<x, p[2]>>
    ELSE IF cancelled THEN <<Move(x, 2, "new"), Append(p[2], <<"NEW", 2>>)>>
    ELSE <<Move(x, 2, "ended"), p[2]>>

End(p, o, cancelled) ==
  Settle(<<[Move(p[1], o, "ended") EXCEPT !.asked = @ \ {o}], p[2]>>, o, cancelled)

Acked(p, o) ==
  LET x == [p[1] EXCEPT !.acked[o] = TRUE, !.asked = @ \ {o}] IN
  IF x.st[o] \in {"new", "unknown"} THEN <<Move(x, o, "live"), p[2]>> ELSE <<x, p[2]>>

Rejected(p, o) ==
  IF p[1].acked[o] THEN p
  ELSE LET x == Move(p[1], o, "ended") IN
    IF o = 2 /\ x.linked
    THEN <<[x EXCEPT !.linked = FALSE, !.st[1] = IF @ = "replace" THEN "live" ELSE @], p[2]>>
    ELSE <<x, p[2]>>

Resumed(p, o) ==
  LET x == Move(p[1], o, IF p[1].acked[o] THEN "live" ELSE "new")
      y == IF x.acked[o] /\ Bug # "refused once" THEN [x EXCEPT !.asked = @ \cup {o}] ELSE x
  IN Settle(<<y, p[2]>>, o, FALSE)

(* nobody knows: of a replace that is one request, neither half is known *)
Doubted(x, o) ==
  LET y == Settle(<<Move(x, o, "unknown"), <<>>>>, o, FALSE)[1] IN
  IF o = 2 /\ y.linked THEN [y EXCEPT !.linked = FALSE, !.st[1] = "unknown"] ELSE y

Known(x, o) == x.st[o] \notin {"free", "held", "ended"}

One(p, kind, o) ==
  IF ~Known(p[1], o) THEN p ELSE
  CASE kind = "ACK" -> Acked(p, o)
    [] kind = "CANCEL_ACK" -> End(p, o, TRUE)
    [] kind = "FILL" -> End(p, o, FALSE)
    [] kind = "REJECT" -> Rejected(p, o)
    [] kind = "CANCEL_REJECT" /\ p[1].st[o] \in {"cancel", "replace"} -> Resumed(p, o)
    [] OTHER -> p

Sweep(p) == IF p[1].killed /\ Bug # "late ack" THEN CancelOne(CancelOne(p, 1), 2) ELSE p

Report(x, kind, o) ==
  LET p == IF kind = "REPLACE_ACK" THEN One(One(<<x, <<>>>>, "CANCEL_ACK", 1), "ACK", 2)
           ELSE One(<<x, <<>>>>, kind, o)
  IN IF kind = "CANCEL_REJECT" THEN p ELSE Sweep(p)

Timeout(x, o) ==
  IF x.st[o] \in {"unknown", "live"} THEN <<x, <<<<"QUERY", o>>>>>>
  ELSE <<Doubted(x, o), <<>>>>

Wanted(x, what, o) ==
  CASE what = "submit" -> <<Move(x, o, "new"), <<<<"NEW", o>>>>>>
    [] what = "cancel" -> CancelOne(<<x, <<>>>>, o)
    [] what = "replace" ->
         LET y == [Move(x, 1, "replace") EXCEPT !.linked = TRUE] IN
         IF Native THEN <<Move(y, 2, "new"), <<<<"REPLACE", 2>>>>>>
         ELSE <<Move(y, 2, "held"), <<<<"CANCEL", 1>>>>>>

(* what an input makes of the engine: the same now and when the journal is replayed *)
After(x, in) ==
  CASE in[1] = "kill" -> Kill(x)
    [] in[1] = "rearm" -> <<[x EXCEPT !.killed = FALSE], <<>>>>
    [] in[1] = "market" -> IF x.killed /\ Bug # "no check" THEN <<x, <<>>>>
                           ELSE Wanted(x, in[2], in[3])
    [] in[1] = "report" -> Report(x, in[2], in[3])
    [] in[1] = "timeout" -> Timeout(x, in[2])

Takes == asks # {} /\ (~e.killed \/ "command" \in asks)

(* the input is journalled; a market input is judged before its bytes leave *)
Enter(in) ==
  LET now == After(e, in) IN
  /\ disk' = IF (Bug = "kill not written" /\ in[1] = "kill") \/ Bug = "send first"
             THEN disk ELSE now[1]
  /\ IF in[1] = "market" THEN pc' = "judge" /\ input' = in /\ UNCHANGED <<e, out>>
     ELSE pc' = "leave" /\ e' = now[1] /\ out' = now[2] /\ UNCHANGED input

Judge ==
  /\ pc = "judge" /\ pc' = "leave"
  /\ LET now == After(e, input) IN e' = now[1] /\ out' = now[2]
  /\ input' = Nothing
  /\ UNCHANGED <<disk, up, down, venue, asks, left, killed, bad>>

(* a message that is under way already is not doubled: keeps the model small *)
RECURSIVE Joined(_, _)
Joined(queue, more) ==
  IF more = <<>> THEN queue
  ELSE Joined(IF \E i \in 1..Len(queue) : queue[i] = Head(more) THEN queue
              ELSE Append(queue, Head(more)), Tail(more))

Leave ==
  /\ pc = "leave" /\ pc' = "idle"
  /\ up' = Joined(up, out)
  /\ bad' = (bad \/ (killed /\ \E i \in 1..Len(out) : out[i][1] \in {"NEW", "REPLACE"}))
  /\ out' = <<>>
  /\ disk' = IF Bug = "send first" THEN e ELSE disk
  /\ asks' = IF Bug = "ask lost" THEN {} ELSE asks
  /\ UNCHANGED <<e, input, down, venue, left, killed>>

TakeKill ==
  /\ pc = "idle" /\ Takes /\ Enter(<<"kill", 0>>)
  /\ killed' = TRUE
  /\ asks' = asks \ {"command", "signal"}
  /\ UNCHANGED <<up, down, venue, left, bad>>

(* a person takes the file away first *)
Rearm ==
  /\ pc = "idle" /\ ~Takes /\ e.killed /\ left.rearm > 0
  /\ Enter(<<"rearm", 0>>)
  /\ killed' = FALSE
  /\ asks' = {}
  /\ left' = [left EXCEPT !.rearm = @ - 1]
  /\ UNCHANGED <<up, down, venue, bad>>

Market ==
  /\ pc = "idle" /\ ~Takes /\ (~e.killed \/ Bug = "no check")
  /\ \/ \E o \in Orders : /\ e.st[o] = "free" /\ (o = 1 \/ (Second /\ e.st[1] # "free"))
                         /\ Enter(<<"market", "submit", o>>)
     \/ \E o \in Orders : e.st[o] \in Open /\ Enter(<<"market", "cancel", o>>)
     \/ Second /\ e.st[1] = "live" /\ e.st[2] = "free" /\ Enter(<<"market", "replace", 1>>)
  /\ UNCHANGED <<up, down, venue, asks, left, killed, bad>>

Deliver(o) ==
  /\ pc = "idle" /\ ~Takes
  /\ \E r \in down : r[2] = o /\ Enter(<<"report", r[1], o>>) /\ down' = down \ {r}
  /\ UNCHANGED <<up, venue, asks, left, killed, bad>>

UnderWay(o) ==
  (\E r \in down : r[2] = o) \/ (\E i \in 1..Len(up) : up[i][2] = o \/ up[i][1] = "REPLACE")

Waits(o) ==
  Bug # "no query" /\ (e.st[o] \in {"new", "cancel", "replace", "unknown"} \/ o \in e.asked)

(* the time is over; `hurry`: although something is still under way *)
Silent(o) ==
  /\ pc = "idle" /\ ~Takes /\ Waits(o)
  /\ IF UnderWay(o) THEN left.hurry > 0 /\ left' = [left EXCEPT !.hurry = @ - 1]
     ELSE UNCHANGED left
  /\ Enter(<<"timeout", o>>)
  /\ UNCHANGED <<up, down, venue, asks, killed, bad>>

-------------------------------- (* world *) -----------------------------------
Ask(kind) ==
  /\ left.ask > 0 /\ kind \notin asks
  /\ asks' = asks \cup {kind}
  /\ left' = [left EXCEPT !.ask = @ - 1]
  /\ IF Bug = "handler kills" /\ kind = "signal"
     THEN e' = [e EXCEPT !.killed = TRUE] /\ killed' = TRUE
     ELSE UNCHANGED <<e, killed>>
  /\ UNCHANGED <<disk, pc, input, out, up, down, venue, bad>>

Die ==
  /\ left.death > 0 /\ left' = [left EXCEPT !.death = @ - 1]
  /\ e' = IF Bug = "restart rearms" THEN [disk EXCEPT !.killed = FALSE] ELSE disk
  /\ disk' = e'
  /\ pc' = "idle" /\ input' = Nothing /\ out' = <<>>
  /\ asks' = asks \cap {"file"}
  /\ UNCHANGED <<up, down, venue, killed, bad>>

Lose ==
  /\ left.loss > 0 /\ left' = [left EXCEPT !.loss = @ - 1]
  /\ \/ up # <<>> /\ up' = Tail(up) /\ UNCHANGED down
     \/ \E r \in down : down' = down \ {r} /\ UNCHANGED up
  /\ UNCHANGED <<e, disk, pc, input, out, venue, asks, killed, bad>>

Says(o, at, reports) ==
  /\ venue' = [venue EXCEPT ![o] = at]
  /\ down' = down \cup reports

Refused(reports) ==
  /\ down' = down \cup reports
  /\ UNCHANGED venue

Answer(m) ==
  LET o == m[2] IN
  CASE m[1] = "NEW" ->
         \/ Says(o, "open", {<<"ACK", o>>}) /\ UNCHANGED left
         \/ Says(o, "gone", {<<"REJECT", o>>}) /\ UNCHANGED left
    [] m[1] = "CANCEL" ->
         \/ venue[o] = "open" /\ Says(o, "gone", {<<"CANCEL_ACK", o>>}) /\ UNCHANGED left
         \/ venue[o] # "open" /\ Refused({<<"CANCEL_REJECT", o>>}) /\ UNCHANGED left
         \/ /\ venue[o] = "open" /\ left.refusal > 0
            /\ left' = [left EXCEPT !.refusal = @ - 1]
            /\ Refused({<<"CANCEL_REJECT", o>>})
    [] m[1] = "QUERY" ->
         /\ UNCHANGED left
         /\ Refused({<<CASE venue[o] = "open" -> "ACK" [] venue[o] = "filled" -> "FILL"
                         [] venue[o] = "gone" -> "CANCEL_ACK" [] OTHER -> "REJECT", o>>})
    [] m[1] = "REPLACE" ->
         \/ /\ venue[1] = "open" /\ UNCHANGED left
            /\ \/ /\ venue' = [venue EXCEPT ![1] = "gone", ![2] = "open"]
                  /\ \/ down' = down \cup {<<"REPLACE_ACK", 2>>}
                     \/ down' = down \cup {<<"CANCEL_ACK", 1>>, <<"ACK", 2>>}
               \/ /\ venue' = [venue EXCEPT ![1] = "gone", ![2] = "gone"]
                  /\ down' = down \cup {<<"CANCEL_ACK", 1>>, <<"REJECT", 2>>}
         \/ /\ venue[1] # "open" \/ left.refusal > 0
            /\ left' = IF venue[1] = "open" THEN [left EXCEPT !.refusal = @ - 1] ELSE left
            /\ Says(2, "gone", {<<"CANCEL_REJECT", 1>>, <<"REJECT", 2>>})

VenueTakes ==
  /\ up # <<>> /\ up' = Tail(up) /\ Answer(Head(up))
  /\ UNCHANGED <<e, disk, pc, input, out, asks, killed, bad>>

VenueTrades(o) ==
  /\ venue[o] = "open" /\ Says(o, "filled", {<<"FILL", o>>})
  /\ UNCHANGED <<e, disk, pc, input, out, up, asks, left, killed, bad>>

Next ==
  \/ TakeKill \/ Rearm \/ Market \/ Judge \/ Leave \/ Die \/ Lose \/ VenueTakes
  \/ \E kind \in {"command", "signal", "file"} : Ask(kind)
  \/ \E o \in Orders : Deliver(o) \/ Silent(o) \/ VenueTrades(o)

Fair ==
  /\ WF_vars(Judge) /\ WF_vars(Leave) /\ WF_vars(TakeKill) /\ WF_vars(VenueTakes)
  /\ \A o \in Orders : SF_vars(Deliver(o)) /\ SF_vars(Silent(o))

Spec == Init /\ [][Next]_vars /\ Fair

------------------------------- (* properties *) -------------------------------
NoNewOrderAfterKill == ~bad

(* once the input is done, what is open has its cancel under way, or the venue has refused it and is
   asked after the order *)
SweptAtOnce ==
  pc = "idle" /\ killed =>
    \A o \in Orders : e.st[o] # "held" /\ (e.st[o] = "live" => o \in e.asked)

NothingOpen == \A o \in Orders : venue[o] # "open"

(* nothing is under way and no timer runs *)
Quiet ==
  /\ pc = "idle" /\ ~Takes /\ up = <<>> /\ down = {}
  /\ \A o \in Orders : ~Waits(o)
NothingIsForgotten == killed /\ Quiet => NothingOpen

EveryOrderGoes == (<>[]killed) => (<>[]NothingOpen)
AskIsTaken == [](("file" \in asks /\ ~killed) => <>killed)
=================================================================================
