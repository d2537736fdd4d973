/* Two threads and one record, to see that ThreadSanitizer works here: `produce` writes the record
 * and publishes a number, `consume` waits for it, reads the record and gives it back. Built twice by
 * test_threads.py: as it should be, and with SEEDED_RACE, where both publish by a plain store.
 */
#include <sched.h>
#include <stdint.h>

static int64_t record, written, taken;

#ifdef SEEDED_RACE
#define PUBLISH(place, value) (*(volatile int64_t*)&(place) = (value))
#define OBSERVE(place) (*(volatile int64_t*)&(place))
#else
#define PUBLISH(place, value) __atomic_store_n(&(place), (value), __ATOMIC_RELEASE)
#define OBSERVE(place) __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#endif

void produce(int64_t count) {
  for (int64_t k = 1; k <= count; k++) {
    while (OBSERVE(taken) != k - 1) sched_yield();
    record = k;
    PUBLISH(written, k);
  }
}

int64_t consume(int64_t count) {
  int64_t sum = 0;
  for (int64_t k = 1; k <= count; k++) {
    while (OBSERVE(written) != k) sched_yield();
    sum += record;
    PUBLISH(taken, k);
  }
  return sum;
}
