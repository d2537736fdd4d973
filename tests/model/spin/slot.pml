/* The seqlock: lanes/slot.pxd, slot_write and slot_read, one writer and two readers.
 *
 * Shown: a value that is read is whole, never older than the one read before, and no older than
 * one whose write had ended before the read began; never written reads as empty; a writer may die
 * at any step, and the next one (a new process on the same memory) heals the slot. Memory of
 * c11.pml: stamp and value become visible in any order that the fences allow.
 * Not covered: two writers at one time (nobody may), a sequence that wraps (2^63 writes).
 *
 * slot.pxd                        here
 *   slot_write                      WRITE
 *   slot_read                       `reader`; TP_SLOT_RETRIES_MAX is TRIES, SLOT_BUSY is no value
 *
 * Seeded bugs: BUG_NO_FENCE_RELEASE, BUG_NO_RELEASE, BUG_NO_ACQUIRE, BUG_NO_FENCE_ACQUIRE,
 * BUG_NO_RECHECK, BUG_NOT_ODD, BUG_PLUS_TWO (a new writer adds to an odd sequence instead of
 * setting its low bit).
 */
#ifndef WRITES
#define WRITES 3
#endif
#ifndef READERS
#define READERS 2
#endif
#define READS 2
#define TRIES 2
#define SEQUENCE 0
#define STAMP 1
#define VALUE 2
#define LOCATIONS 3
#define WRITER READERS
#define THREADS (READERS + 1)
#define DEPTH (2 * WRITES + 3)
#include "c11.pml"

#ifdef BUG_NO_ACQUIRE
#define LOAD_FIRST LOAD_RELAXED
#else
#define LOAD_FIRST LOAD_ACQUIRE
#endif
#ifdef BUG_NO_RELEASE
#define STORE_LAST STORE_RELAXED
#else
#define STORE_LAST STORE_RELEASE
#endif
#ifdef BUG_PLUS_TWO
#define ODD(sequence) (sequence + 1)
#else
#define ODD(sequence) (sequence | 1)
#endif

byte whole;                    /* ghost: the newest value whose write has ended */
bool died;

/* The sequence is what slot_write finds in memory: with one writer, its own last store. A death
   may come before each step; the writer that follows begins with the same view, as a process that
   is started after another has ended. */
#define MAY_DIE if :: !died -> died = true; goto again :: true fi

proctype writer() {
  byte number, odd;
again:
  number++;
  if
  :: number > WRITES -> goto done
  :: else
  fi;
  odd = ODD(memory[SEQUENCE].value[memory[SEQUENCE].last]);
#ifndef BUG_NOT_ODD
  STORE_RELAXED(WRITER, SEQUENCE, odd);
#endif
#ifndef BUG_NO_FENCE_RELEASE
  FENCE_RELEASE(WRITER);
#endif
  MAY_DIE;
  STORE_RELAXED(WRITER, STAMP, number);
  MAY_DIE;
  STORE_RELAXED(WRITER, VALUE, number);
  MAY_DIE;
  STORE_LAST(WRITER, SEQUENCE, odd + 1);
  whole = number;
  goto again;
done:
  skip
}

proctype reader(byte me) {
  byte pick, before, after, stamp, value, newest, reads, tries, floor;
  bool seen;
  do
  :: reads == READS -> break
  :: else ->
    reads++;
    seen = false;
    floor = newest;
    if
    :: atomic { whole > 0 -> AFTER(me, WRITER); floor = whole }    /* told so by other means */
    :: true
    fi;
    tries = 0;
    do
    :: seen || tries == TRIES -> break
    :: else ->
      tries++;
      LOAD_FIRST(me, SEQUENCE, before);
      if
      :: before == 0 -> assert(floor == 0); break
      :: before != 0 && (before & 1) == 0 ->
        LOAD_RELAXED(me, STAMP, stamp);
        LOAD_RELAXED(me, VALUE, value);
#ifndef BUG_NO_FENCE_ACQUIRE
        FENCE_ACQUIRE(me);
#endif
        LOAD_RELAXED(me, SEQUENCE, after);
#ifdef BUG_NO_RECHECK
        after = before;
#endif
        if
        :: after == before ->
          assert(stamp == value && value >= floor);
          newest = value;
          seen = true
        :: else
        fi
      :: else
      fi;
      before = 0; after = 0; stamp = 0; value = 0
    od
  od
}

init {
  byte k;
  atomic {
    run writer();
    do
    :: k < READERS -> run reader(k); k++
    :: else -> break
    od
  }
}
