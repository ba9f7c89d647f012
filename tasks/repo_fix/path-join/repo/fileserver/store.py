"""Where an upload is stored."""

from fileserver.paths import extension, join, normalise

FORBIDDEN = frozenset({".exe", ".bat", ".sh"})


class UnsafePath(ValueError):
    """A name that may not be stored."""


def resolve(root, name):
    """The path of an upload; raises UnsafePath for one that is not below the root."""
    path = normalise(join(root, name))
    if not path.startswith(root):
        raise UnsafePath(name)
    if extension(path) in FORBIDDEN:
        raise UnsafePath(name)
    return path


def relative(root, path):
    """The name of a stored path."""
    if not path.startswith(root):
        raise UnsafePath(path)
    return path[len(root) :].lstrip("/")
