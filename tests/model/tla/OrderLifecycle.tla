----------------------------- MODULE OrderLifecycle ----------------------------
(* The life of orders with the venue as an adversary: what execute counts and what it reserves.

   A strategy submits, cancels and replaces; the venue accepts, rejects, fills lot by lot, cancels,
   expires, refuses and busts. Its reports come in any order, late, again and again; requests keep
   their order and any of them may be lost, a restart that had journalled but not sent included.
   Whoever is not answered is doubted and asked after, whenever the clock likes.

   Shown: a fill is counted when its report first comes and never again; the position is the sum of
   the venue's fills less its busts once all have come; what may still fill at the venue is
   reserved, never less; reserved lots are the sum of what the orders say, never below zero, and
   none is left when all has ended and come; an id goes out once; where the venue knows no replace
   the new order is never open beside the old one.
   Left out: fills without a trade id (their cumulative count tells them apart, in order only),
   memories that overflow, prices and money, links and parked orders, more than two orders. A venue
   counts a busted fill as filled in `cumulative`.

   hot/execute                         here
     machine.py TABLE                    OrderTable
     apply.py apply_one, apply_live      Apply, Live
     apply.py resume_or_doubt            ResumeOrDoubt
     apply.py apply_fill, apply_ended    Fill, Late
     apply.py end_by_report, settle_new  EndByReport, SettleNew
     state.py remove                     Remove
     fills.py                            Count, Bust
     send.py, working.py expire          Want, Ask

   Bug takes one step away, see Bugs. *)
EXTENDS Integers, Sequences, FiniteSets, OrderTable

CONSTANTS
  Lots,       \* of each order
  Second,     \* whether there is an order 2
  Native,     \* whether the venue replaces; else the cancel goes and the new order is held
  Busts,      \* how many fills the venue takes back
  Cancels, Doubts, \* how often the strategy cancels, how often silence makes an outcome unknown
  Bug

Bugs == {"none",
  "counted twice",      \* trades are not remembered
  "late fill ignored",  \* an order that ended takes no fill
  "nothing awaited",    \* an end frees what filled at the venue and was not seen
  "awaited for ever",   \* a late fill does not free what was awaited for it
  "doubt frees",        \* an order in doubt is taken for dead
  "send first",         \* bytes leave before the journal has them: a restart forgets
  "refusal sends held", \* the held order goes out although the cancel was refused
  "bust twice",         \* a bust is not remembered
  "bust frees",         \* a bust opens the lots again
  "bust awaited",       \* an end awaits a fill that came and was taken back
  "asked too early"}    \* a query may overtake its order
ASSUME Bug \in Bugs

Orders == {1, 2}
Rows == {"PENDING_NEW", "LIVE", "PENDING_CANCEL", "PENDING_REPLACE", "UNKNOWN"}

VARIABLES
  x,                    \* execute
  before,               \* execute before its last input, for a restart that forgets
  left,                 \* what may still happen how often
  up, down,             \* requests in order; all reports there ever were, each may come any time
  venue, vfills, vbusts,\* what each order is at the venue, its fills, the fills taken back
  taken, twice, lost    \* ghosts: ids the venue has seen, one came again, a fill was dropped
vars == <<x, before, left, up, down, venue, vfills, vbusts, taken, twice, lost>>

Fresh == [
  st |-> [o \in Orders |-> "FREE"], held |-> FALSE, acked |-> [o \in Orders |-> FALSE],
  replaces |-> FALSE, replaced |-> FALSE,   \* order 2 replaces 1; order 1 is replaced by 2
  qty |-> [o \in Orders |-> 0], filled |-> [o \in Orders |-> 0],
  awaited |-> [o \in Orders |-> 0], lessened |-> [o \in Orders |-> 0],
  counted |-> {}, busted |-> {}, position |-> 0, reserved |-> 0, halted |-> FALSE,
  chained |-> FALSE]                        \* ghost: order 2 was sent to replace 1

Init ==
  /\ x = Fresh /\ before = Fresh
  /\ left = [cancel |-> Cancels, doubt |-> Doubts]
  /\ up = <<>> /\ down = {}
  /\ venue = [o \in Orders |-> "absent"]
  /\ vfills = [o \in Orders |-> 0] /\ vbusts = {}
  /\ taken = {} /\ twice = FALSE /\ lost = FALSE

Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b
RECURSIVE Sum(_, _)
Sum(f, S) == IF S = {} THEN 0 ELSE LET o == CHOOSE o \in S : TRUE IN f[o] + Sum(f, S \ {o})

------------------------------- (* execute *) ----------------------------------
(* A step takes and gives <<execute, requests>>. A report is [kind, o, k, cum]: k counts the trades
   of an order; cum is -1 where the venue does not say. *)
IsRow(s, o) == s.st[o] \in Rows
Leaves(s, o) == Max(0, s.qty[o] - s.filled[o])

Count(s, o, k) ==
  [s EXCEPT !.counted = @ \cup {<<o, k>>}, !.filled[o] = @ + 1, !.position = @ + 1]
Known(s, o, k) == <<o, k>> \in s.counted /\ Bug # "counted twice"

Bust(s, o, k) ==
  IF <<o, k>> \notin s.counted THEN [s EXCEPT !.halted = TRUE]
  ELSE IF <<o, k>> \in s.busted /\ Bug # "bust twice" THEN s
  ELSE [s EXCEPT !.busted = @ \cup {<<o, k>>}, !.filled[o] = @ - 1, !.position = @ - 1,
                 !.lessened[o] = IF IsRow(s, o) /\ Bug # "bust awaited" THEN @ + 1 ELSE @,
                 !.qty[o] = IF Bug = "bust frees" THEN @ ELSE @ - 1]

Remove(s, o, state, cum) ==
  LET leaves == Leaves(s, o)
      awaited == IF Bug = "nothing awaited" THEN 0
                 ELSE Max(0, Min(cum - s.filled[o] - s.lessened[o], leaves))
  IN [s EXCEPT !.st[o] = state, !.awaited[o] = awaited, !.reserved = @ + awaited - leaves,
               !.replaced = IF o = 1 THEN FALSE ELSE @]

SettleNew(p, new, cancelled) ==
  LET s == [p[1] EXCEPT !.replaces = FALSE] IN
  IF ~new \/ ~IsRow(p[1], 2) THEN p
  ELSE IF ~s.held THEN <<s, p[2]>>
  ELSE IF cancelled \/ Bug = "refusal sends held"
  THEN <<[s EXCEPT !.held = FALSE], Append(p[2], <<"NEW", 2>>)>>
  ELSE <<Remove([s EXCEPT !.held = FALSE], 2, "REJECTED", -1), p[2]>>

EndByReport(p, o, state, r) ==
  LET s == p[1]
      new == o = 1 /\ s.replaced
      t == Remove(s, o, state, IF state = "REJECTED" THEN -1 ELSE r.cum)
      failed == o = 2 /\ state = "REJECTED" /\ s.replaces /\ IsRow(s, 1) /\ s.replaced
      u == IF failed
           THEN [t EXCEPT !.replaced = FALSE,
                          !.st[1] = IF @ = "PENDING_REPLACE" THEN "LIVE" ELSE @]
           ELSE t
  IN SettleNew(<<u, p[2]>>, new, r.kind = "CANCEL_ACK")

ResumeOrDoubt(p, o, next, do) ==
  LET s == p[1]
      new == o = 1 /\ s.replaced
      state == IF do = "RESUME" /\ ~s.acked[o] THEN "PENDING_NEW" ELSE next
      t == [s EXCEPT !.st[o] = state, !.replaced = IF o = 1 THEN FALSE ELSE @]
      q == SettleNew(<<t, p[2]>>, new, FALSE)
      u == q[1]
      both == do = "DOUBT" /\ o = 2 /\ u.replaces
      v == IF ~both THEN u
           ELSE IF IsRow(u, 1) /\ u.replaced
           THEN [u EXCEPT !.replaces = FALSE, !.replaced = FALSE, !.st[1] = "UNKNOWN"]
           ELSE [u EXCEPT !.replaces = FALSE]
  IN IF do = "DOUBT" /\ Bug = "doubt frees" THEN <<Remove(v, o, "EXPIRED", -1), q[2]>>
     ELSE <<v, q[2]>>

Fill(p, o, next, r) ==
  LET s == p[1]
      t == Count(s, o, r.k)
      u == [t EXCEPT !.reserved = @ + Leaves(t, o) - Leaves(s, o), !.acked[o] = TRUE]
  IN IF Known(s, o, r.k) THEN p
     ELSE IF u.filled[o] < u.qty[o] THEN <<[u EXCEPT !.st[o] = next], p[2]>>
     ELSE EndByReport(<<u, p[2]>>, o, "FILLED", r)

Late(s, r) ==
  LET o == r.o
      t == Count(s, o, r.k)
      freed == IF Bug = "awaited for ever" THEN 0 ELSE Min(1, s.awaited[o])
  IN CASE r.kind = "FILL" /\ Bug # "late fill ignored" /\ ~Known(s, o, r.k) ->
            [t EXCEPT !.awaited[o] = @ - freed, !.reserved = @ - freed]
       [] r.kind = "BUST" -> Bust(s, o, r.k)
       [] OTHER -> s

Live(p, r) ==
  LET s == p[1]
      o == r.o
      next == Table[s.st[o]][r.kind][1]
      do == Table[s.st[o]][r.kind][2]
  IN CASE o = 2 /\ s.held -> p
       [] do = "FILL" -> Fill(p, o, next, r)
       [] do = "BUST" -> <<Bust(s, o, r.k), p[2]>>
       [] do = "END" \/ (do = "REFUSE" /\ ~s.acked[o]) -> EndByReport(p, o, next, r)
       [] do = "ACK" -> <<[s EXCEPT !.acked[o] = TRUE, !.st[o] = next], p[2]>>
       [] do \in {"RESUME", "DOUBT"} -> ResumeOrDoubt(p, o, next, do)
       [] OTHER -> p

One(p, r) ==
  IF p[1].st[r.o] = "FREE" THEN p
  ELSE IF IsRow(p[1], r.o) THEN Live(p, r) ELSE <<Late(p[1], r), p[2]>>

(* both halves of a replace; a failed cancel half names the order that was to replace *)
Apply(s, r) ==
  LET p == <<s, <<>>>> IN
  CASE r.kind = "REPLACE_ACK" ->
         One(One(p, [r EXCEPT !.kind = "CANCEL_ACK", !.o = 1]), [r EXCEPT !.kind = "ACK"])
    [] r.kind = "REPLACE_REJECT" ->
         IF IsRow(s, 2) /\ s.replaces THEN One(p, [r EXCEPT !.kind = "CANCEL_REJECT", !.o = 1])
         ELSE p
    [] OTHER -> One(p, r)

Enter(s, o) == [s EXCEPT !.st[o] = "PENDING_NEW", !.qty[o] = Lots, !.reserved = @ + Lots]

Submit(s, o) == <<Enter(s, o), <<<<"NEW", o>>>>>>

Cancel(s, o) ==
  CASE o = 2 /\ s.held ->
         <<Remove([s EXCEPT !.held = FALSE, !.replaces = FALSE, !.replaced = FALSE,
                            !.st[1] = IF @ = "PENDING_REPLACE" THEN "PENDING_CANCEL" ELSE @],
                  2, "CANCELLED", -1), <<>>>>
    [] s.st[o] = "UNKNOWN" -> <<s, <<<<"CANCEL", o>>>>>>
    [] OTHER -> <<[s EXCEPT !.st[o] = "PENDING_CANCEL"], <<<<"CANCEL", o>>>>>>

Replace(s) ==
  LET t == [Enter(s, 2) EXCEPT !.replaces = TRUE, !.replaced = TRUE, !.held = ~Native,
                              !.chained = TRUE,
                              !.st[1] = "PENDING_REPLACE"]
  IN <<t, <<IF Native THEN <<"REPLACE", 2>> ELSE <<"CANCEL", 1>>>>>>

RECURSIVE Joined(_, _)
Joined(queue, more) ==
  IF more = <<>> THEN queue
  ELSE Joined(IF \E i \in 1..Len(queue) : queue[i] = Head(more) THEN queue
              ELSE Append(queue, Head(more)), Tail(more))

Does(step) ==
  /\ x' = step[1] /\ up' = Joined(up, step[2])
  /\ before' = IF Bug = "send first" THEN x ELSE before

World == <<down, venue, vfills, vbusts, taken, twice>>

Want ==
  /\ \/ /\ UNCHANGED left
        /\ \/ x.st[1] = "FREE" /\ Does(Submit(x, 1))
           \/ Second /\ x.st[1] # "FREE" /\ x.st[2] = "FREE" /\ Does(Submit(x, 2))
           \/ Second /\ x.st[1] = "LIVE" /\ x.st[2] = "FREE" /\ Does(Replace(x))
     \/ /\ left.cancel > 0 /\ left' = [left EXCEPT !.cancel = @ - 1]
        /\ \E o \in Orders :
             x.st[o] \in {"PENDING_NEW", "LIVE", "UNKNOWN"} /\ Does(Cancel(x, o))
  /\ UNCHANGED <<World, lost>>

Deliver ==
  \E r \in down :
    /\ Does(Apply(x, r))
    /\ lost' = (lost \/ (r.kind = "FILL" /\ <<r.o, r.k>> \notin x'.counted))
    /\ UNCHANGED <<left, World>>

(* silence: the outcome becomes unknown; what is unknown, or whose cancel was refused, is asked
   after *)
Ask ==
  \E o \in Orders :
    /\ \/ /\ x.st[o] \in {"PENDING_NEW", "PENDING_CANCEL", "PENDING_REPLACE"}
          /\ ~(o = 2 /\ x.held)
          /\ left.doubt > 0 /\ left' = [left EXCEPT !.doubt = @ - 1]
          /\ Does(One(<<x, <<>>>>, [kind |-> "UNKNOWN", o |-> o, k |-> 0, cum |-> -1]))
       \/ x.st[o] \in {"UNKNOWN", "LIVE"} /\ Does(<<x, <<<<"QUERY", o>>>>>>) /\ UNCHANGED left
    /\ UNCHANGED <<World, lost>>

Restart == Bug = "send first" /\ x' = before /\ UNCHANGED <<before, left, up, World, lost>>

--------------------------------- (* venue *) ----------------------------------
Says(kinds) == down' = down \cup kinds
R(kind, o, k, cum) == [kind |-> kind, o |-> o, k |-> k, cum |-> cum]

Answer(m) ==
  LET o == m[2] IN
  CASE m[1] = "NEW" ->
         /\ taken' = taken \cup {o} /\ twice' = (twice \/ o \in taken)
         /\ \/ venue' = [venue EXCEPT ![o] = "open"] /\ Says({R("ACK", o, 0, 0)})
            \/ venue' = [venue EXCEPT ![o] = "refused"] /\ Says({R("REJECT", o, 0, -1)})
    [] m[1] = "CANCEL" ->
         /\ UNCHANGED <<taken, twice>>
         /\ \/ /\ venue[o] = "open" /\ venue' = [venue EXCEPT ![o] = "done"]
               /\ Says({R("CANCEL_ACK", o, 0, vfills[o])})
            \/ UNCHANGED venue /\ Says({R("CANCEL_REJECT", o, 0, -1)})
    [] m[1] = "QUERY" ->
         /\ UNCHANGED <<venue, taken, twice>>
         /\ Says({CASE venue[o] = "open" -> R("ACK", o, 0, vfills[o])
                    [] venue[o] = "done" -> R("EXPIRE", o, 0, vfills[o])
                    [] OTHER -> R("REJECT", o, 0, -1)})
    [] m[1] = "REPLACE" ->
         /\ taken' = taken \cup {2} /\ twice' = (twice \/ 2 \in taken)
         /\ \/ /\ venue[1] = "open"
               /\ \/ /\ venue' = [venue EXCEPT ![1] = "done", ![2] = "open"]
                     /\ \/ Says({R("REPLACE_ACK", 2, 0, vfills[1])})
                        \/ Says({R("CANCEL_ACK", 1, 0, vfills[1]), R("ACK", 2, 0, 0)})
                  \/ /\ venue' = [venue EXCEPT ![1] = "done", ![2] = "refused"]
                     /\ Says({R("CANCEL_ACK", 1, 0, vfills[1]), R("REJECT", 2, 0, -1)})
            \/ /\ venue' = [venue EXCEPT ![2] = "refused"]
               /\ Says({R("REPLACE_REJECT", 2, 0, -1), R("REJECT", 2, 0, -1)})

Drop(queue, i) == SubSeq(queue, 1, i - 1) \o SubSeq(queue, i + 1, Len(queue))

VenueTakes ==
  /\ up # <<>>
  /\ \E i \in 1..Len(up) :
       /\ i = 1 \/ (Bug = "asked too early" /\ up[i][1] = "QUERY")
       /\ up' = Drop(up, i)
       /\ \/ Answer(up[i]) /\ UNCHANGED <<x, before, left, vfills, vbusts, lost>>
          \/ UNCHANGED <<x, before, left, World, lost>>        \* it was lost

Trade ==
  \E o \in Orders :
    /\ venue[o] = "open" /\ vfills[o] < Lots
    /\ vfills' = [vfills EXCEPT ![o] = @ + 1]
    /\ venue' = IF vfills'[o] = Lots THEN [venue EXCEPT ![o] = "done"] ELSE venue
    /\ Says({R("FILL", o, vfills'[o], vfills'[o])})
    /\ UNCHANGED <<x, before, left, up, vbusts, taken, twice, lost>>

Expire ==
  \E o \in Orders :
    /\ venue[o] = "open" /\ venue' = [venue EXCEPT ![o] = "done"]
    /\ Says({R("EXPIRE", o, 0, vfills[o])})
    /\ UNCHANGED <<x, before, left, up, vfills, vbusts, taken, twice, lost>>

TakeBack ==
  \E o \in Orders, k \in 1..Lots :
    /\ k <= vfills[o] /\ <<o, k>> \notin vbusts /\ Cardinality(vbusts) < Busts
    /\ vbusts' = vbusts \cup {<<o, k>>}
    /\ Says({R("BUST", o, k, -1)})
    /\ UNCHANGED <<x, before, left, up, venue, vfills, taken, twice, lost>>

Next ==
  Want \/ Deliver \/ Ask \/ Restart \/ VenueTakes \/ Trade \/ Expire \/ TakeBack

Spec == Init /\ [][Next]_vars

------------------------------- (* properties *) -------------------------------
AtVenue == {<<o, k>> \in Orders \X (1..Lots) : k <= vfills[o]}

NoFillLost == ~lost
NoFillDoubled ==
  /\ x.counted \subseteq AtVenue /\ x.busted \subseteq vbusts
  /\ x.position = Cardinality(x.counted) - Cardinality(x.busted)
IdsGoOutOnce == ~twice

ReservedIsTheSum ==
  /\ x.reserved = Sum([o \in Orders |-> IF IsRow(x, o) THEN Leaves(x, o) ELSE x.awaited[o]],
                      Orders)
  /\ \A o \in Orders : x.awaited[o] >= 0
  /\ x.reserved >= 0

Coming(o) == \E i \in 1..Len(up) : up[i] \in {<<"NEW", o>>, <<"REPLACE", o>>}
MayFill(o) == IF venue[o] = "open" THEN Lots - vfills[o]
              ELSE IF Coming(o) /\ venue[o] = "absent" THEN Lots ELSE 0
Unseen(o) == Cardinality({k \in 1..Lots : <<o, k>> \in AtVenue \ x.counted})
WhatMayFillIsReserved ==
  x.halted \/ Sum([o \in Orders |-> MayFill(o) + Unseen(o)], Orders) <= x.reserved

NothingLeftAtTheEnd ==
  (/\ \A o \in Orders : ~IsRow(x, o) /\ ~Coming(o)
   /\ x.counted = AtVenue)
  => x.reserved = 0

NeverBothOpen == Native \/ ~x.chained \/ ~(venue[1] = "open" /\ venue[2] = "open")
=================================================================================
