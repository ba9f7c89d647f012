import unittest

from patcher import PatchError, apply
from patcher.apply import reverse

TEXT = "one\ntwo\nthree\nfour\n"
PATCH = "--- a\n+++ b\n@@ -1,3 +1,4 @@\n one\n-two\n+2\n+2b\n three\n"


class Apply(unittest.TestCase):
    def test_one_hunk(self):
        self.assertEqual(apply(TEXT, PATCH), "one\n2\n2b\nthree\nfour\n")

    def test_undone(self):
        self.assertEqual(apply(apply(TEXT, PATCH), reverse(PATCH)), TEXT)

    def test_refused(self):
        with self.assertRaises(PatchError):
            apply("one\nzwei\nthree\n", PATCH)

    def test_wrong_counts(self):
        with self.assertRaises(PatchError):
            apply(TEXT, "@@ -1,2 +1,1 @@\n-one\n")
