"""The corridor: eight stages, one thread, from a market-data byte to an order byte.

    market bytes                                                             order bytes
        |                                                                         ^
      feed -> book -> features -> model -> strategy -> risk -> route -> execute --+
                                              ^          ^                  ^
                                              |          +--- positions ----+
                                              +--- own orders --------------+
                                                                            |
    ack and fill bytes -----------------------------------------------------+

Every stage is a folder of the same shape: `reference.py` says what is true, `native.pxd` makes it
fast, `native.pyx` is its Python handle. `engine/` calls the verbs in this order.
"""

STAGES = ("feed", "book", "features", "model", "strategy", "risk", "route", "execute")
"""Names of the stages, in the order of the walk."""
