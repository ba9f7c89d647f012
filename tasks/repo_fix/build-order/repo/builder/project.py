"""Reading a project file: one target a line, `name: what it needs`."""

from builder.errors import UnknownTarget


def parse(text):
    """Targets with what they need, in the order of the file."""
    targets = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, colon, rest = line.partition(":")
        if not colon or not name.strip():
            raise ValueError(f"line {number}: expected `name: needs`")
        targets[name.strip()] = rest.split()
    for name, needs in targets.items():
        for other in needs:
            if other not in targets:
                raise UnknownTarget(f"{name} needs {other}, which is not defined")
    return targets
