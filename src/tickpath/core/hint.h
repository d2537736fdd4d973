/* Which way a branch usually goes, so that the compiler keeps the path of an order dense: what the
 * hint calls unlikely is laid out away from it. No effect on results. */
#ifndef TICKPATH_HINT_H
#define TICKPATH_HINT_H

#define tp_likely(condition) __builtin_expect(!!(condition), 1)
#define tp_unlikely(condition) __builtin_expect(!!(condition), 0)

#endif
