"""The checks, one stem each; ORDER says in which order they run."""
