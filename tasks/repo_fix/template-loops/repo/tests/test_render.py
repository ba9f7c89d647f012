import unittest

from minitpl import TemplateError, render


class Render(unittest.TestCase):
    def test_values(self):
        self.assertEqual(render("Hi {{ user.name }}{{ nothing }}!", user={"name": "Ann"}), "Hi Ann!")
        self.assertEqual(render("{{ list.1 }}", list=[1, 2]), "2")

    def test_blocks(self):
        self.assertEqual(render("{% for x in list %}<{{ x }}>{% end %}", list=[1, 2]), "<1><2>")
        self.assertEqual(render("{% if a %}A{% end %}{% if b %}B{% end %}", a=1, b=0), "A")

    def test_errors(self):
        for template in ("{% for x in y %}", "{% what %}{% end %}"):
            with self.assertRaises(TemplateError):
                render(template)
