from bankimport.statement import ImportFailed, read

__all__ = ["ImportFailed", "read"]
