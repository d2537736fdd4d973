"""Words everyone shares: records, codes, exact numbers, clock, ids, limits, configuration, errors."""
