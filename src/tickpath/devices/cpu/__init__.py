"""The host processor: checks that decide latency, each with the command that fixes it."""
