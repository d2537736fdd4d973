"""Kraken spot as a simulated venue: WebSocket v2, public and private, and REST.

`KrakenSpot` is the protocol a `Venue` speaks. Facts come from the venue's own pages; those that no
page confirms stand in docs/reference/venue-sim.md.
"""
