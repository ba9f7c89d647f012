import random
import unittest

from links import build_query, parse_query
from links.query import with_parameter


class Queries(unittest.TestCase):
    def test_plus_signs(self):
        self.assertEqual(build_query({"q": "c++ book"}), "q=c%2B%2B+book")
        self.assertEqual(parse_query("/s?q=c%2B%2B+book"), {"q": ["c++ book"]})

    def test_repeated(self):
        self.assertEqual(parse_query("/s?tag=a&x=1&tag=b&tag=a"), {"tag": ["a", "b", "a"], "x": ["1"]})
        self.assertEqual(build_query({"tag": ["a", "b"]}), "tag=a&tag=b")

    def test_without_a_value(self):
        self.assertEqual(parse_query("/s?debug&a=&b=1"), {"debug": [""], "a": [""], "b": ["1"]})
        self.assertEqual(parse_query("/s?&&=x&a=1"), {"a": ["1"]})

    def test_fragments(self):
        self.assertEqual(parse_query("/s?a=1#top"), {"a": ["1"]})
        self.assertEqual(parse_query("/s#x?a=1"), {})
        self.assertEqual(with_parameter("/s?a=1#top", "b", 2), "/s?a=1&b=2#top")

    def test_percent_signs_that_are_no_escape(self):
        self.assertEqual(parse_query("/s?a=100%&b=%zz&c=%4"), {"a": ["100%"], "b": ["%zz"], "c": ["%4"]})
        self.assertEqual(parse_query("/s?a=% 1&b=%+1"), {"a": ["% 1"], "b": ["% 1"]})

    def test_equals_signs_in_values(self):
        self.assertEqual(parse_query("/s?a=b=c"), {"a": ["b=c"]})

    def test_round_trips(self):
        random.seed(8)
        for _ in range(300):
            text = ["".join(random.choices("a+ %&=#?/ü中", k=random.randint(1, 6))) for _ in range(4)]
            parameters = {text[0]: [text[1], text[2]], text[0] + "x": [text[3]]}
            self.assertEqual(parse_query("/s?" + build_query(parameters)), parameters)
