from itertoolkit.chunking import chunks, windows
from itertoolkit.peek import Peekable

__all__ = ["Peekable", "chunks", "windows"]
