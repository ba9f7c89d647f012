from texttable.render import render

__all__ = ["render"]
