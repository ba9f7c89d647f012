"""A run as the command line shows it: its request, its live display, its end."""
