import unittest

from links import build_query, parse_query
from links.query import with_parameter


class Query(unittest.TestCase):
    def test_parse(self):
        self.assertEqual(parse_query("/s?q=red+shoes&size=42"), {"q": ["red shoes"], "size": ["42"]})
        self.assertEqual(parse_query("/s?q=%E4%B8%AD"), {"q": ["中"]})
        self.assertEqual(parse_query("/s"), {})

    def test_build(self):
        self.assertEqual(build_query({"q": "red shoes", "page": 2}), "q=red+shoes&page=2")

    def test_set(self):
        self.assertEqual(with_parameter("/s?a=1&b=2", "a", 3), "/s?a=3&b=2")
        self.assertEqual(with_parameter("/s?a=1", "a", None), "/s")
