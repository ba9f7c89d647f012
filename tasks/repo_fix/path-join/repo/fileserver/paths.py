"""Paths with slashes, without touching a disk."""


def normalise(path):
    """A path without `.`, `..` and empty parts, as far as it goes."""
    parts = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part == ".." and path.startswith("/"):
            continue
        else:
            parts.append(part)
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def join(base, *names):
    """The names below the base; a name that starts with a slash is taken as one below it too."""
    return "/".join([base.rstrip("/"), *(name.lstrip("/") for name in names)])


def extension(path):
    """The ending with its dot, in small letters; empty for none and for hidden files."""
    name = path.rpartition("/")[2].lstrip(".")
    return "." + name.rpartition(".")[2].lower() if "." in name else ""
