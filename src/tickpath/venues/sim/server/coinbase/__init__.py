"""Coinbase Advanced Trade as a simulated venue: REST with JWT, and its WebSocket channels.

`CoinbaseAdvanced` is the protocol a `Venue` speaks. Facts come from the venue's own pages and its
SDK; those that neither confirms stand in docs/reference/venue-sim.md.
"""
