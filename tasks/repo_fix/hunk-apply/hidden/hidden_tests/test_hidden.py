import difflib
import random
import unittest

from patcher import PatchError, apply

MARK = "\\ No newline at end of file"


class Hunks(unittest.TestCase):
    def test_several_hunks(self):
        old = [f"line {number}" for number in range(40)]
        new = ["first", *old[:5], *old[8:20], "a", "b", *old[20:35], *old[36:]]
        patch = "\n".join(difflib.unified_diff(old, new, "a", "b", lineterm="", n=2)) + "\n"
        self.assertGreater(patch.count("@@ -"), 2)
        self.assertEqual(apply("\n".join(old) + "\n", patch), "\n".join(new) + "\n")

    def test_random_edits(self):
        random.seed(3)
        for _ in range(200):
            old = [random.choice("abc") for _ in range(random.randint(0, 25))]
            new = [one for one in old if random.random() > 0.2]
            for _ in range(random.randint(0, 4)):
                new.insert(random.randint(0, len(new)), random.choice("xyz"))
            for context in (0, 1, 3):
                patch = "\n".join(difflib.unified_diff(old, new, lineterm="", n=context)) + "\n"
                self.assertEqual(apply("".join(f"{one}\n" for one in old), patch), "".join(f"{one}\n" for one in new))

    def test_counts_left_out(self):
        self.assertEqual(apply("a\nb\nc\n", "@@ -2 +2 @@\n-b\n+B\n"), "a\nB\nc\n")

    def test_a_new_file_and_a_deleted_one(self):
        self.assertEqual(apply("", "@@ -0,0 +1,2 @@\n+a\n+b\n"), "a\nb\n")
        self.assertEqual(apply("a\nb\n", "@@ -1,2 +0,0 @@\n-a\n-b\n"), "")

    def test_a_last_line_without_an_end(self):
        added = f"@@ -1,2 +1,2 @@\n a\n-b\n+B\n{MARK}\n"
        self.assertEqual(apply("a\nb\n", added), "a\nB")
        removed = f"@@ -1,2 +1,2 @@\n a\n-b\n{MARK}\n+B\n"
        self.assertEqual(apply("a\nb", removed), "a\nB\n")
        kept = f"@@ -1,2 +1,2 @@\n-a\n+A\n b\n{MARK}\n"
        self.assertEqual(apply("a\nb", kept), "A\nb")

    def test_a_hunk_elsewhere_keeps_the_end(self):
        patch = "@@ -1,2 +1,2 @@\n-a\n+A\n b\n"
        self.assertEqual(apply("a\nb\nc", patch), "A\nb\nc")

    def test_what_does_not_fit_is_refused(self):
        for text, patch in (
            ("a\n", "@@ -5,1 +5,1 @@\n-a\n+b\n"),
            ("a\nb\nc\n", "@@ -1,1 +1,2 @@\n a\n+x\n@@ -3,1 +4,1 @@\n-b\n+B\n"),
        ):
            with self.assertRaises(PatchError):
                apply(text, patch)
