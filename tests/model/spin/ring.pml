/* The ring as a queue: lanes/ring.pxd, ring_push and ring_pop between one producer and one consumer.
 *
 * Shown: every record arrives once, whole and in order; no plain access of a slot races; a full
 * ring refuses and an empty one says so; indices wrap (modulo 256 here, 2^64 there). RECORDS pushed
 * through SLOTS slots over memory of c11.pml, so stale indices and reordered stores are covered.
 * Not covered: two producers or two consumers (the Python face refuses them), a hostile peer
 * process (tests/lanes), progress.
 *
 * ring.pxd                        here
 *   ring_claim                      CLAIM
 *   memcpy, slot.bytes = ...        the PLAIN_STORE in `producer`
 *   ring_commit                     COMMIT
 *   ring_front                      FRONT
 *   ring_release                    the last STORE_RELEASE in `consumer`
 *
 * Seeded bugs: BUG_HEAD_RELAXED, BUG_TAIL_RELAXED (no release), BUG_NO_ACQUIRE_HEAD,
 * BUG_NO_ACQUIRE_TAIL, BUG_ONE_TOO_MANY (full is seen one slot late), BUG_COMMIT_FIRST.
 */
#ifndef RECORDS
#define RECORDS 5
#endif
#define SLOTS 2
#define MASK (SLOTS - 1)
#define HEAD 0
#define TAIL 1
#define DATA 2
#define READS (2 + SLOTS)
#define LOCATIONS (2 + 2 * SLOTS)
#define THREADS 2
#define DEPTH (RECORDS + 1)
#define FIRST 253              /* so that the indices wrap */
#include "c11.pml"

#define SLOT(place) ((place) & MASK)
#define INDEX(number) ((number) & 255)

#ifdef BUG_HEAD_RELAXED
#define STORE_HEAD STORE_RELAXED
#else
#define STORE_HEAD STORE_RELEASE
#endif
#ifdef BUG_TAIL_RELAXED
#define STORE_TAIL STORE_RELAXED
#else
#define STORE_TAIL STORE_RELEASE
#endif
#ifdef BUG_NO_ACQUIRE_HEAD
#define LOAD_HEAD LOAD_RELAXED
#else
#define LOAD_HEAD LOAD_ACQUIRE
#endif
#ifdef BUG_NO_ACQUIRE_TAIL
#define LOAD_TAIL LOAD_RELAXED
#else
#define LOAD_TAIL LOAD_ACQUIRE
#endif
#ifdef BUG_ONE_TOO_MANY
#define FULL (INDEX(near - far) > MASK + 1)
#else
#define FULL (INDEX(near - far) > MASK)
#endif

proctype producer() {
  byte near = FIRST, far = FIRST, pick, number = 1;
  do
  :: number <= RECORDS ->
    if
    :: FULL -> LOAD_TAIL(0, TAIL, far)
    :: else
    fi;
    if
    :: FULL                    /* refused; the caller comes again */
    :: else ->
#ifdef BUG_COMMIT_FIRST
      near = INDEX(near + 1);
      STORE_HEAD(0, HEAD, near);
      PLAIN_STORE(0, DATA + SLOT(near - 1), READS + SLOT(near - 1), number);
#else
      PLAIN_STORE(0, DATA + SLOT(near), READS + SLOT(near), number);
      near = INDEX(near + 1);
      STORE_HEAD(0, HEAD, near);
#endif
      number++
    fi
  :: else -> break
  od
}

proctype consumer() {
  byte near = FIRST, far = FIRST, pick, number, expected = 1;
  do
  :: expected <= RECORDS ->
    if
    :: near == far -> LOAD_HEAD(1, HEAD, far)
    :: else
    fi;
    if
    :: near == far             /* empty */
    :: else ->
      PLAIN_LOAD(1, DATA + SLOT(near), READS + SLOT(near), number);
      assert(number == expected);
      expected++;
      near = INDEX(near + 1);
      STORE_TAIL(1, TAIL, near)
    fi
  :: else -> break
  od
}

init {
  atomic {
    memory[HEAD].value[0] = FIRST;
    memory[TAIL].value[0] = FIRST;
    run producer();
    run consumer()
  }
}
