"""I/O of live venues: WebSocket links (picows, aiohttp, a polling thread) and REST over aiohttp.

The only place in the package that opens a socket to a venue and reads the clock for a frame.
base.py says what all have in common; nothing here knows a venue.
"""
