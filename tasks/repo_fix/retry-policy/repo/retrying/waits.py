"""How long to wait between tries."""


def exponential(base, factor, limit):
    """Waits that grow by a factor up to a limit, without end."""
    wait = base
    while True:
        wait = wait * factor
        yield wait
        if wait > limit:
            factor = 1


def constant(seconds):
    """The same wait for ever."""
    while True:
        yield seconds
