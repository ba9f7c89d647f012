from layers.loader import load

__all__ = ["load"]
