"""Rules of circuit breakers: a stem each, `<stem>.py` and `<stem>.pxd`, see ../control."""
