import random
import unittest

from tinycsv import dump, load, parse_line
from tinycsv.reader import CsvError


class Quotes(unittest.TestCase):
    def test_field_that_ends_with_a_quote(self):
        self.assertEqual(load(dump([['He said "stop"', "next"]])), [['He said "stop"', "next"]])

    def test_field_of_quotes_alone(self):
        for count in range(1, 6):
            self.assertEqual(parse_line('"' + '""' * count + '"'), ['"' * count])

    def test_empty_quoted_field(self):
        self.assertEqual(parse_line('"","a",""'), ["", "a", ""])

    def test_text_behind_a_quoted_field_is_refused(self):
        with self.assertRaises(CsvError):
            parse_line('"a"b,c')

    def test_random_rows(self):
        random.seed(4)
        for _ in range(300):
            row = ["".join(random.choice('",ab \n') for _ in range(random.randint(1, 6))) for _ in range(3)]
            self.assertEqual(load(dump([row])), [row])
