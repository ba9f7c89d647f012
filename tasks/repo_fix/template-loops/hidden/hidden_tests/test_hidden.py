import unittest

from minitpl import TemplateError, render


class Blocks(unittest.TestCase):
    def test_nested_loops(self):
        template = "{% for row in rows %}[{% for x in row %}{{ x }},{% end %}]{% end %}."
        self.assertEqual(render(template, rows=[[1, 2], [], [3]]), "[1,2,][][3,].")

    def test_three_levels_and_conditions(self):
        template = "{% for a in list %}{% if a.on %}{% for b in a.items %}{{ b }}{% end %};{% end %}{% end %}end"
        rows = [{"on": 1, "items": "xy"}, {"on": 0, "items": "z"}, {"on": 1, "items": ""}]
        self.assertEqual(render(template, list=rows), "xy;;end")

    def test_scopes(self):
        self.assertEqual(render("{{ x }}{% for x in list %}{{ x }}{% end %}{{ x }}", x="o", list=[1, 2]), "o12o")
        self.assertEqual(render("{% for x in list %}{% end %}{{ x }}", list=[1]), "")
        self.assertEqual(render("{% for x in l %}{% for x in x %}{{ x }}{% end %}{{ x.0 }}{% end %}", l=[["a", "b"], ["c"]]), "abacc")

    def test_else(self):
        self.assertEqual(render("{% if a %}A{% else %}B{% end %}", a=0), "B")
        self.assertEqual(render("{% if a %}A{% else %}B{% end %}", a=1), "A")
        template = "{% for x in list %}{{ x }}{% else %}none{% end %}"
        self.assertEqual((render(template, list=[]), render(template, list=[1, 2])), ("none", "12"))
        template = "{% if a %}{% if b %}1{% else %}2{% end %}{% else %}{% if b %}3{% else %}4{% end %}{% end %}"
        self.assertEqual([render(template, a=a, b=b) for a in (1, 0) for b in (1, 0)], ["1", "2", "3", "4"])

    def test_the_given_values_are_not_changed(self):
        rows = [1, 2]
        render("{% for x in list %}{{ x }}{% end %}", list=rows)
        self.assertEqual(rows, [1, 2])

    def test_loops_over_iterators(self):
        self.assertEqual(render("{% for x in list %}{{ x }}{% else %}none{% end %}", list=iter([1, 2])), "12")


class Escaping(unittest.TestCase):
    def test_values(self):
        self.assertEqual(render("{{ v }}", v='<a href="x">&amp;\'</a>'), "&lt;a href=&quot;x&quot;&gt;&amp;amp;'&lt;/a&gt;")
        self.assertEqual(render("{{ v | raw }}{{ v|raw }}<b>", v="<i>"), "<i><i><b>")
        self.assertEqual(render("{% for v in l %}{{ v }}{% end %}", l=["<"]), "&lt;")


class Errors(unittest.TestCase):
    def error(self, template, **scope):
        with self.assertRaises(TemplateError) as caught:
            render(template, **scope)
        return str(caught.exception)

    def test_missing_and_surplus_ends(self):
        self.assertIn("line 2", self.error("a\n{% if a %}\n{% if b %}{% end %}\n", a=0))
        self.assertIn("line 3", self.error("{% if a %}\n{% end %}\n{% end %}", a=1))
        self.assertIn("line 2", self.error("x\n{% else %}"))

    def test_two_elses(self):
        self.assertIn("line 1", self.error("{% if a %}{% else %}{% else %}{% end %}", a=1))
