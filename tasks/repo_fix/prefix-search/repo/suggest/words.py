"""A word of the dictionary."""


class Word:
    """A text with its weight; `looked_at` counts how often any word was compared or read."""

    looked_at = 0

    def __init__(self, text, weight):
        self._text = text
        self._weight = weight

    @property
    def text(self):
        Word.looked_at += 1
        return self._text

    @property
    def rank(self):
        """What words are sorted by."""
        Word.looked_at += 1
        return -self._weight, self._text
