/* The kill switch inside the process: who may ask for a kill, the input it becomes, and the walk.
 *
 * A command, a signal and a file each ask in their own time; the driver turns them into the
 * journalled KILL input, between inputs. The steps of an input are separate, so that an ask may
 * come between any two; the journal may be full at any record.
 * Shown: after the KILL input no new order leaves, neither a strategy's nor one held back for a
 * cancel ack; that input sends a cancel for every order that is open and has none under way, and
 * a later report that shows an order open sends one for it; only a person rearms, and nobody once
 * the journal was full; nothing leaves that is not written; every ask before the end is answered.
 * Not covered: the pause after which a refused cancel is sent again (REFUSED: here it waits for the
 * next report or KILL; tla/KillSwitch has the pause, deaths and the venue); memory order (the asks
 * are flags that the one driver thread polls).
 *
 * engine/reference.py             here
 *   ops/kill.py, KillSwitch         poll
 *   on_command, KILL and REARM      kill_input, rearm_input
 *   on_market_frame ... _act        market_input: intent, risk, send as separate steps
 *   on_order_frame                  report_input
 *   _cancel_open("cancel", ...)     sweep
 *   stages.execute.drop_held        drop_held
 *   _journal, _leave                journal, and `halted` in new_order
 *
 * Seeded bugs: BUG_RISK_FORGETS (risk does not look at the kill), BUG_HELD_LEAVES (held orders are
 * not dropped), BUG_NO_SWEEP, BUG_LATE_OPEN (no sweep after a report), BUG_SIGNAL_REARMS (a second
 * signal rearms), BUG_REARM_HALTED, BUG_FULL_IGNORED (what was not written leaves), BUG_ASK_LOST
 * (an ask that comes during an input is forgotten).
 */
#ifndef INPUTS
#define INPUTS 6
#endif
#define ORDERS 2               /* order 1 may be held for the cancel ack of order 0 */

/* FREE and HELD have sent nothing; LOST is ORDER_UNKNOWN; REFUSED is LIVE after a refused cancel */
mtype = { FREE, HELD, PENDING, LIVE, REFUSED, CANCELLING, LOST, ENDED };

mtype order[ORDERS] = FREE;
bool command, on_signal, file; /* asks */
bool person;                   /* a person asks to rearm */
bool killed, halted;           /* risk's and the walk's */
bool asked;                    /* ghost: somebody asked and it is not killed yet */
bool poll_kills, gone;
bool kill_seen;                /* ghost: a KILL input since the last REARM */
byte inputs, k;

inline drop_held() {
#ifndef BUG_HELD_LEAVES
  if
  :: order[1] == HELD -> order[1] = ENDED
  :: else
  fi
#else
  skip
#endif
}

inline journal() {
  if
  :: !halted -> halted = true; killed = true; drop_held()      /* it is full */
  :: true
  fi
}

inline new_order(which) {
  journal();
  if
  :: halted ->
#ifdef BUG_FULL_IGNORED
    assert(false);
#endif
    order[which] = ENDED
  :: else ->
    assert(!kill_seen);
    order[which] = PENDING
  fi
}

inline sweep() {
#ifndef BUG_NO_SWEEP
  k = 0;
  do
  :: k < ORDERS ->
    if
    :: order[k] == PENDING || order[k] == LIVE || order[k] == REFUSED ->
      journal();
      if
      :: !halted -> order[k] = CANCELLING
      :: else
      fi
    :: else
    fi;
    k++
  :: else -> break
  od;
  k = 0
#else
  skip
#endif
}

/* KillSwitch.do_work: a signal or a file that asks when killed already has what it asks for */
inline poll() {
  d_step {
    poll_kills = (on_signal || file) && !killed;
    if
    :: (on_signal || file) && killed -> asked = command
    :: else
    fi;
#ifdef BUG_SIGNAL_REARMS
    if
    :: on_signal && killed && !halted -> killed = false; kill_seen = true
    :: else
    fi;
#endif
    on_signal = false
  }
}

inline kill_input() {
  asked = false;
  journal();
  killed = true;
  kill_seen = true;
  drop_held();
  sweep()
}

inline rearm_input() {
  person = false;
  journal();
  if
#ifdef BUG_REARM_HALTED
  :: true -> killed = false; kill_seen = false; assert(!halted)
#else
  :: !halted -> killed = false; kill_seen = false
  :: else
#endif
  fi
}

#ifdef BUG_RISK_FORGETS
#define ALLOWED true
#else
#define ALLOWED !killed
#endif

/* a strategy wants an order, or order 0 replaced where the venue knows no replace */
inline market_input() {
  journal();
  if
  :: (order[0] == FREE || order[0] == ENDED) && ALLOWED -> new_order(0)
  :: order[0] == LIVE && order[1] == FREE && !killed ->
    journal();
    if
    :: !halted -> order[0] = CANCELLING; order[1] = HELD
    :: else
    fi
  :: true
  fi
}

#define SAYS(which) \
  if \
  :: order[which] = LIVE \
  :: order[which] = LOST \
  :: order[which] = ENDED \
  fi

/* the replace failed as a whole */
inline drop_partner() {
  if
  :: order[1] == HELD -> order[1] = ENDED
  :: else
  fi
}

/* any report the venue may send for an order; see machine.py */
inline report_input() {
  journal();
  refused = false;
  if
  :: order[0] == PENDING -> SAYS(0)
  :: order[0] == LOST -> SAYS(0)
  :: order[0] == LIVE || order[0] == REFUSED -> order[0] = ENDED
  :: order[0] == CANCELLING ->
    if
    :: order[0] = ENDED;              /* cancel ack: the held order goes out */
      if
      :: order[1] == HELD -> new_order(1)
      :: else
      fi
    :: order[0] = REFUSED; refused = true; drop_partner()
    :: order[0] = LOST; drop_partner()
    fi
  :: order[1] == PENDING -> SAYS(1)
  :: order[1] == LOST -> SAYS(1)
  :: order[1] == CANCELLING ->
    if
    :: order[1] = ENDED
    :: order[1] = REFUSED; refused = true
    :: order[1] = LOST
    fi
  :: true
  fi;
#ifndef BUG_LATE_OPEN
  if
  :: killed && !refused -> sweep()
  :: else
  fi
#endif
}

proctype driver() {
  bool refused;
  do
  :: inputs == INPUTS -> break
  :: inputs < INPUTS ->
    inputs++;
    if
    :: command -> command = false; kill_input()
    :: else ->
      poll();
      if
      :: poll_kills -> kill_input()
      :: else ->
        if
        :: person -> rearm_input()
        :: market_input()
        :: report_input()
        fi;
#ifdef BUG_ASK_LOST
        command = false;
        on_signal = false
#endif
      fi
    fi;
    assert(!kill_seen || killed);
    assert(!halted || killed);
    assert(!kill_seen || order[1] != HELD);
    assert(!kill_seen || halted ||
      (order[0] != PENDING && order[0] != LIVE && order[1] != PENDING && order[1] != LIVE))
  od;
  gone;
  poll();
  if
  :: command || poll_kills -> kill_input()
  :: else
  fi;
  assert(!asked)
}

/* who rearms takes the file away first */
proctype somebody() {
  if
  :: atomic { command = true; asked = true }
  :: atomic { on_signal = true; asked = true }
  :: atomic { file = true; asked = true }
  fi;
  if
  :: atomic { killed -> person = true; if :: file -> file = false; asked = false :: else fi }
  :: true
  fi;
  if
  :: atomic { on_signal = true; asked = true }
  :: true
  fi;
  gone = true
}

init { atomic { run driver(); run somebody() } }
