from suggest.suggester import Suggester
from suggest.words import Word

__all__ = ["Suggester", "Word"]
