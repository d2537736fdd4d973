"""Binance as a simulated venue: spot and USD-M, REST, market streams, WebSocket API, user events.

`BinanceSpot` and `BinanceUsdm` are the protocols a `Venue` speaks. Facts come from the venue's own
pages; those that no page confirms stand in docs/reference/venue-sim.md.
"""
