"""Market data at rest: the tick store, what fills it, and what checks it."""
