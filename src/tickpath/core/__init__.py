"""Words everyone shares: records, codes, exact numbers, clock, ids, limits, config, errors."""
