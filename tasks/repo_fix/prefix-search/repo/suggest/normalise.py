"""How what is typed is compared."""


def normalise(text):
    """Small letters, without blanks at the ends, runs of blanks as one."""
    return " ".join(text.lower().split())
