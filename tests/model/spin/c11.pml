/* Memory that is as weak as C11 allows for what lanes/atomics.h uses.
 *
 * Every store stays in the location's history; a load takes any store that its thread may still
 * see. A thread's view is the newest store it must see of each location: a store carries a view
 * along, an acquiring load takes it over. These are the views of J. Kang et al., "A promising
 * semantics for relaxed-memory concurrency", POPL 2017, without promises.
 * Covered: relaxed, release, acquire, both fences, per-location order; every load may be stale;
 * plain (non-atomic) stores and loads, whose races are errors (PLAIN_*).
 * Not covered: sequentially consistent and read-modify-write operations (there are none in
 * lanes/), a load that sees a store of its own future, more than one writer of a location at a
 * time, more than DEPTH stores to a location (an assertion).
 *
 * Before the include: LOCATIONS, THREADS, DEPTH. Every step is atomic; locations begin with value
 * 0. `pick` must be declared by the process that loads. `me` is the index of the thread.
 *
 * lanes/atomics.h          here
 *   tp_store_relaxed         STORE_RELAXED
 *   tp_store_release         STORE_RELEASE
 *   tp_load_relaxed          LOAD_RELAXED
 *   tp_load_acquire          LOAD_ACQUIRE
 *   tp_fence_release         FENCE_RELEASE
 *   tp_fence_acquire         FENCE_ACQUIRE
 *   memcpy into a claimed or held slot   PLAIN_STORE, PLAIN_LOAD
 */
typedef View { byte at[LOCATIONS] }
typedef Location { byte last; byte value[DEPTH]; View view[DEPTH] }
typedef Thread { View seen; View loaded; View fenced }

Location memory[LOCATIONS];
Thread thread[THREADS];
hidden byte joined;

/* what the thread must see from now on: the view of store `at` of `location` */
#define JOIN(into, location, store) \
  joined = 0; \
  do \
  :: joined < LOCATIONS -> \
    if \
    :: memory[location].view[store].at[joined] > into.at[joined] -> \
      into.at[joined] = memory[location].view[store].at[joined] \
    :: else \
    fi; \
    joined++ \
  :: else -> break \
  od

#define COPY(into, from) \
  joined = 0; \
  do \
  :: joined < LOCATIONS -> into.at[joined] = from.at[joined]; joined++ \
  :: else -> break \
  od

#define APPEND(me, location, number, carried) \
  assert(memory[location].last + 1 < DEPTH); \
  memory[location].last++; \
  memory[location].value[memory[location].last] = number; \
  thread[me].seen.at[location] = memory[location].last; \
  if \
  :: thread[me].loaded.at[location] < memory[location].last -> \
    thread[me].loaded.at[location] = memory[location].last \
  :: else \
  fi; \
  COPY(memory[location].view[memory[location].last], carried); \
  memory[location].view[memory[location].last].at[location] = memory[location].last

#define STORE_RELAXED(me, location, number) \
  d_step { APPEND(me, location, number, thread[me].fenced) }

#define STORE_RELEASE(me, location, number) \
  d_step { APPEND(me, location, number, thread[me].seen) }

#define FENCE_RELEASE(me) d_step { COPY(thread[me].fenced, thread[me].seen) }
#define FENCE_ACQUIRE(me) d_step { COPY(thread[me].seen, thread[me].loaded) }

/* any store from the newest that must be seen to the last one */
#define PICK(me, location) \
  pick = thread[me].seen.at[location]; \
  do \
  :: pick < memory[location].last -> pick++ \
  :: break \
  od

#define LOAD_RELAXED(me, location, variable) \
  atomic { \
    PICK(me, location); \
    d_step { \
      variable = memory[location].value[pick]; \
      thread[me].seen.at[location] = pick; \
      JOIN(thread[me].loaded, location, pick); \
      pick = 0 \
    } \
  }

#define LOAD_ACQUIRE(me, location, variable) \
  atomic { \
    PICK(me, location); \
    d_step { \
      variable = memory[location].value[pick]; \
      thread[me].seen.at[location] = pick; \
      JOIN(thread[me].loaded, location, pick); \
      JOIN(thread[me].seen, location, pick); \
      pick = 0 \
    } \
  }

/* A plain access must have a place in the order: `reads` is a ghost location that every plain load
   of `location` writes, so that a plain store can demand to have seen all of them. */
#define PLAIN_STORE(me, location, reads, number) \
  d_step { \
    assert(thread[me].seen.at[location] == memory[location].last); \
    assert(thread[me].seen.at[reads] == memory[reads].last); \
    APPEND(me, location, number, thread[me].fenced) \
  }

#define PLAIN_LOAD(me, location, reads, variable) \
  d_step { \
    assert(thread[me].seen.at[location] == memory[location].last); \
    variable = memory[location].value[memory[location].last]; \
    APPEND(me, reads, 0, thread[me].fenced) \
  }

/* `me` begins after all that `other` has done so far: thread start, join, or a new process */
#define AFTER(me, other) \
  d_step { \
    joined = 0; \
    do \
    :: joined < LOCATIONS -> \
      if \
      :: thread[other].seen.at[joined] > thread[me].seen.at[joined] -> \
        thread[me].seen.at[joined] = thread[other].seen.at[joined] \
      :: else \
      fi; \
      if \
      :: thread[me].seen.at[joined] > thread[me].loaded.at[joined] -> \
        thread[me].loaded.at[joined] = thread[me].seen.at[joined] \
      :: else \
      fi; \
      joined++ \
    :: else -> break \
    od \
  }
