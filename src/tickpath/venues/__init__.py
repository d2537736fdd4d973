"""Venues: one folder each. base.py says what a venue offers; nothing here knows the engine."""
