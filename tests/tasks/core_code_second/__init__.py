"""Second implementations of the core-code problems, by other ways than the shipped references; same names."""
