"""The conversions are for compiled modules; Python sees none."""
