import random
import unittest

from suggest import Suggester, Word


class Work(unittest.TestCase):
    def test_a_suggestion_looks_at_few_words(self):
        suggester = Suggester()
        for number in range(600):
            suggester.add(f"word {number}", number % 97)
        for prefix in ("", "w", "word", "word 1", "word 19", "nothing"):
            Word.looked_at = 0
            suggester.suggest(prefix, 5)
            self.assertLess(Word.looked_at, 100, prefix)

    def test_adding_is_not_slow_either(self):
        suggester = Suggester()
        Word.looked_at = 0
        for number in range(300):
            suggester.add(f"word {number}", number)
        self.assertLess(Word.looked_at, 300 * 200)


class Meaning(unittest.TestCase):
    def test_weights_are_replaced_in_both_directions(self):
        suggester = Suggester()
        suggester.add("tea", 5)
        suggester.add("ten", 4)
        suggester.add("tea", 1)
        self.assertEqual((suggester.suggest("te"), len(suggester)), (["ten", "tea"], 2))
        suggester.add(" TEA ", 9)
        self.assertEqual((suggester.suggest("te"), len(suggester)), (["tea", "ten"], 2))
        self.assertTrue(suggester.remove("tea"))
        self.assertEqual((suggester.suggest(""), len(suggester)), (["ten"], 1))

    def test_more_words_than_can_be_suggested(self):
        suggester = Suggester(most=3)
        for number in range(6):
            suggester.add(f"a{number}", number)
        self.assertEqual(suggester.suggest("a", 9), ["a5", "a4", "a3"])
        for number in (5, 3):
            suggester.remove(f"a{number}")
        self.assertEqual(suggester.suggest("a"), ["a4", "a2", "a1"])
        suggester.add("a4", -1)
        self.assertEqual(suggester.suggest("a"), ["a2", "a1", "a0"])

    def test_against_sorting(self):
        random.seed(5)
        suggester, weights = Suggester(most=4), {}
        for _ in range(300):
            text = "".join(random.choices("ab c", k=random.randint(1, 4))).strip() or "a"
            text = " ".join(text.split())
            if random.random() < 0.3:
                self.assertEqual(suggester.remove(text), weights.pop(text, None) is not None)
            else:
                weights[text] = random.randint(0, 5)
                suggester.add(text, weights[text])
            prefix = random.choice(["", "a", "b", "ab", "a c", "c"])
            best = sorted((-weight, one) for one, weight in weights.items() if one.startswith(prefix))
            self.assertEqual(suggester.suggest(prefix), [one for _, one in best[:4]])

    def test_blanks_and_case(self):
        suggester = Suggester()
        suggester.add("Green  Tea")
        self.assertEqual(suggester.suggest(" GREEN T"), ["green tea"])
        self.assertEqual(suggester.suggest("tea"), [])
