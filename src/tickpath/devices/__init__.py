"""Hardware: what is there, what is missing, and how to get the most of it."""
