"""Nothing for Python: `native_orders` calls it."""
