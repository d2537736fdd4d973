"""Operations: what a person or supervisor does to a running engine. Plain Python, off the walk."""
