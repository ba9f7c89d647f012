"""What every tenant starts with."""

DEFAULTS = {
    "features": {"beta": False, "export": {"csv": True, "pdf": False}},
    "servers": ["one.internal"],
    "limits": {"uploads": 10, "seats": 5},
}
