"""Simulated venues that clients reach by socket: the real protocols over one exchange.

`host.VenueHost` serves a configuration; `venue.Venue` is one venue without sockets, moved by hand.
Behind every protocol stands `exchange.Exchange`, whose books, orders, balances and fills are the
truth. Only `server.py` and `admin.py` need aiohttp, only signatures and TLS need cryptography.
"""
