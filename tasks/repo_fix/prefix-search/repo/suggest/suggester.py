"""Completing what is typed."""

from suggest.normalise import normalise
from suggest.words import Word


class Suggester:
    """Words with weights; at most `most` can be suggested at once."""

    def __init__(self, most=10):
        self.most = most
        self._words = []

    def add(self, text, weight=1):
        """Add a word."""
        self._words.append(Word(normalise(text), weight))

    def remove(self, text):
        """Remove a word; whether it was there."""
        text = normalise(text)
        for word in self._words:
            if word.text == text:
                self._words.remove(word)
                return True
        return False

    def suggest(self, prefix, count=None):
        """The best words that start with the prefix."""
        prefix = normalise(prefix)
        count = self.most if count is None else min(count, self.most)
        found = [word for word in self._words if word.text.startswith(prefix)]
        found.sort(key=lambda word: word.rank)
        return [word.text for word in found[:count]]

    def __len__(self):
        return len(self._words)
