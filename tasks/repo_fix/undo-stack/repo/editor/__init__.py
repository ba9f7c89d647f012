from editor.document import Document
from editor.history import History

__all__ = ["Document", "History"]
