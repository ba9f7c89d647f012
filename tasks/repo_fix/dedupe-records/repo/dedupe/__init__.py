from dedupe.unique import group_same, unique

__all__ = ["group_same", "unique"]
