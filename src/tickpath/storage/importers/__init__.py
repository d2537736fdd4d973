"""Importers: other people's market data files to `Ticks`, exactly, in chunks of whole events.

An importer is a module with a `NAME`; it is found by looking in this folder.
"""
