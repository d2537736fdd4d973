"""A live session: an engine among real sockets, and what must be right before it trades."""
