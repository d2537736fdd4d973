/* The ring that never waits: lanes/ring.pxd, ring_publish and ring_observe.
 *
 * Shown, for an observer of any speed: a record is never torn, records come in order and none
 * twice, and what was read plus what was counted as lost is what was written. Memory of c11.pml:
 * the payload's words may become visible in any order that the fences allow.
 * Not covered: several observers (they share nothing), a record of more than two words, more than
 * OBSERVES calls; progress against a producer that laps without end.
 *
 * ring.pxd                        here
 *   ring_publish                    producer
 *   ring_copy                       from LOAD_STAMP to the second load of the stamp
 *   ring_observe                    observer; RING_TRIES_MAX is TRIES
 *
 * Seeded bugs: BUG_NO_FENCE_RELEASE, BUG_NO_FENCE_ACQUIRE, BUG_NO_RECHECK, BUG_NOT_ODD (no mark
 * while a record is written), BUG_SKIP_UNCOUNTED, BUG_HEAD_AND_STAMP_RELAXED. The order of the stamp
 * alone or of the head alone is enough to keep a record whole: one of the two may be weak
 * (WEAK_STAMP, WEAK_HEAD), as long as the other is not.
 */
#ifndef RECORDS
#define RECORDS 4
#endif
#define SLOTS 2
#define MASK (SLOTS - 1)
#define TRIES 2
#define HEAD 0
#define STAMP 1
#define FRONT (1 + SLOTS)
#define BACK (1 + 2 * SLOTS)
#define LOCATIONS (1 + 3 * SLOTS)
#define THREADS 2
#define DEPTH (RECORDS + 2)
#include "c11.pml"

#define SLOT(place) ((place) & MASK)

#ifdef BUG_HEAD_AND_STAMP_RELAXED
#define WEAK_STAMP
#define WEAK_HEAD
#endif
#ifdef WEAK_STAMP
#define LOAD_STAMP LOAD_RELAXED
#define STORE_STAMP STORE_RELAXED
#else
#define LOAD_STAMP LOAD_ACQUIRE
#define STORE_STAMP STORE_RELEASE
#endif
#ifdef WEAK_HEAD
#define STORE_HEAD STORE_RELAXED
#else
#define STORE_HEAD STORE_RELEASE
#endif

bool written;

proctype producer() {
  byte near;
  do
  :: near < RECORDS ->
#ifndef BUG_NOT_ODD
    STORE_RELAXED(0, STAMP + SLOT(near), 2 * near + 1);
#endif
#ifndef BUG_NO_FENCE_RELEASE
    FENCE_RELEASE(0);
#endif
    STORE_RELAXED(0, FRONT + SLOT(near), near + 1);
    STORE_RELAXED(0, BACK + SLOT(near), near + 1);
    STORE_STAMP(0, STAMP + SLOT(near), 2 * near + 2);
    near++;
    STORE_HEAD(0, HEAD, near)
  :: else -> break
  od;
  written = true
}

proctype observer() {
  byte near, far, pick, before, after, front, back, lost, count, behind, tries;
  bool last, got;
  do
  :: last -> break
  :: else ->
    last = written;            /* a call that begins after the last record was written */
    if
    :: last -> AFTER(1, 0)
    :: else
    fi;
    tries = 0;
    got = false;
    do
    :: got || tries == TRIES -> break
    :: else ->
      tries++;
      if
      :: near == far -> LOAD_ACQUIRE(1, HEAD, far)
      :: else
      fi;
      if
      :: near == far -> break
      :: else
      fi;
      LOAD_STAMP(1, STAMP + SLOT(near), before);
      if
      :: before == 2 * near + 2 ->
        LOAD_RELAXED(1, FRONT + SLOT(near), front);
        LOAD_RELAXED(1, BACK + SLOT(near), back);
#ifndef BUG_NO_FENCE_ACQUIRE
        FENCE_ACQUIRE(1);
#endif
        LOAD_RELAXED(1, STAMP + SLOT(near), after)
#ifdef BUG_NO_RECHECK
        ; after = before
#endif
      :: else -> after = 0
      fi;
      if
      :: before == 2 * near + 2 && after == before ->
        assert(front == near + 1 && back == near + 1);
        near++;
        count++;
        got = true;
        last = false           /* the caller comes again until there is nothing */
      :: else ->
        LOAD_ACQUIRE(1, HEAD, far);
        behind = far - near;
        if
        :: behind <= MASK -> behind = 1
        :: else -> behind = behind - ((MASK >> 1) + 1)
        fi;
        near = near + behind;
        assert(near <= far);
#ifndef BUG_SKIP_UNCOUNTED
        lost = lost + behind;
#endif
        last = false
      fi;
      before = 0; after = 0; front = 0; back = 0; behind = 0
    od
  od;
  assert(count + lost == RECORDS)
}

init { atomic { run producer(); run observer() } }
