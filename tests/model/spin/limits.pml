/* The limits of risk, changed while the engine runs: a monitor writes the limits slot, the walk
 * looks at it once at the entry of an input.
 *
 * Shown: all checks of an input use one version, whole; a version is journalled as an input of its
 * own before the first input that uses it; a replay of the journal decides every input with the
 * version the walk used; versions rise; the last version is used by an input that enters after the
 * monitor has ended; once the journal is full nothing leaves. Memory of c11.pml.
 * Not covered: the refusal of a value beyond its compiled ceiling (tests/engine), SET_LIMIT by
 * command (an input like any other), two monitors.
 *
 * lanes, engine/walk.pxd          here
 *   slot_write                      monitor
 *   the sample in enter             SAMPLE
 *   journal, of the slot read       JOURNAL(VERSION of the value)
 *   journal, of the input           JOURNAL(0)
 *   risk_validate                   CHECK, twice an input
 *   halted and leave                halted, LEAVE
 *
 * Seeded bugs: BUG_EACH_CHECK (every check looks at the slot), BUG_USED_FIRST (journalled after the
 * input that used it), BUG_LATER (the sequence is remembered as it is after the read),
 * BUG_NO_ACQUIRE, BUG_NO_FENCE_ACQUIRE, BUG_FULL_IGNORED (trades on when the journal is full).
 */
#ifndef WRITES
#define WRITES 3
#endif
#ifndef INPUTS
#define INPUTS 3
#endif
#define TRIES 2
#define SEQUENCE 0
#define FRONT 1                /* two of the words of the value */
#define BACK 2
#define LOCATIONS 3
#define THREADS 2
#define MONITOR 0
#define WALK 1
#define DEPTH (2 * WRITES + 2)
#ifndef RECORDS
#define RECORDS 5              /* one fewer than the inputs and the versions: it may be full */
#endif
#include "c11.pml"

#ifdef BUG_NO_ACQUIRE
#define LOAD_FIRST LOAD_RELAXED
#else
#define LOAD_FIRST LOAD_ACQUIRE
#endif

byte record[RECORDS];          /* of the journal: a version, or 0 for an input */
byte used[INPUTS + 1];         /* ghost: the version each input was decided with */
byte records, inputs;
bool halted, ended;

proctype monitor() {
  byte number = 1;
  do
  :: number <= WRITES ->
    STORE_RELAXED(MONITOR, SEQUENCE, 2 * number - 1);
    FENCE_RELEASE(MONITOR);
    STORE_RELAXED(MONITOR, FRONT, number);
    STORE_RELAXED(MONITOR, BACK, number);
    STORE_RELEASE(MONITOR, SEQUENCE, 2 * number);
    number++
  :: else -> break
  od;
  ended = true
}

#define JOURNAL(what) \
  if \
  :: halted \
  :: !halted && records < RECORDS -> record[records] = what; records++ \
  :: else -> halted = true \
  fi

/* slot_read, after the look at the sequence that tells whether there is anything new */
#define SAMPLE(first, last) \
  tries = 0; \
  found = false; \
  LOAD_FIRST(WALK, SEQUENCE, glance); \
  do \
  :: found || tries == TRIES || glance == remembered -> break \
  :: else -> \
    tries++; \
    LOAD_FIRST(WALK, SEQUENCE, before); \
    if \
    :: before == 0 -> break \
    :: before != 0 && (before & 1) == 0 -> \
      LOAD_RELAXED(WALK, FRONT, first); \
      LOAD_RELAXED(WALK, BACK, last); \
      FENCE(WALK); \
      LOAD_RELAXED(WALK, SEQUENCE, after); \
      found = (after == before) \
    :: else \
    fi \
  od; \
  before = 0; after = 0; tries = 0

#ifdef BUG_NO_FENCE_ACQUIRE
#define FENCE(me) skip
#else
#define FENCE(me) FENCE_ACQUIRE(me)
#endif

proctype walk() {
  byte pick, before, after, glance, tries, remembered;
  byte front, back, version, limit, check;
  bool found, late;
  do
  :: inputs == INPUTS + 1 -> break
  :: else ->
    if
    :: inputs == INPUTS -> ended; AFTER(WALK, MONITOR)     /* the last input comes after */
    :: else
    fi;
    SAMPLE(front, back);
    if
    :: found ->
#ifdef BUG_LATER
      LOAD_ACQUIRE(WALK, SEQUENCE, glance);
#endif
      remembered = glance;
      assert(front == back);
      assert(front >= version);
      if
      :: front != version ->
#ifdef BUG_USED_FIRST
        late = true;
#else
        JOURNAL(front);
#endif
        version = front;
        limit = back
      :: else
      fi
    :: else
    fi;
    JOURNAL(0);
    used[inputs] = version;
    check = 0;
    do
    :: check < 2 ->
#ifdef BUG_EACH_CHECK
      SAMPLE(front, back);
      if
      :: found -> limit = back
      :: else
      fi;
#endif
      assert(limit == version);
      check++
    :: else -> break
    od;
#ifdef BUG_FULL_IGNORED
    assert(!halted);           /* something leaves that was not written */
#endif
    if
    :: late -> JOURNAL(version); late = false
    :: else
    fi;
    if
    :: inputs == INPUTS && !halted -> assert(version == WRITES)
    :: else
    fi;
    inputs++;
    front = 0; back = 0; glance = 0; found = false
  od
}

/* the replay: every record in order, the version of an input is the newest before it */
proctype replay() {
  byte at, input, version;
  inputs == INPUTS + 1;
  do
  :: at < records ->
    if
    :: record[at] != 0 -> assert(record[at] > version); version = record[at]
    :: else -> assert(used[input] == version); input++
    fi;
    at++
  :: else -> break
  od;
  assert(halted || input == INPUTS + 1)
}

init { atomic { run monitor(); run walk(); run replay() } }
