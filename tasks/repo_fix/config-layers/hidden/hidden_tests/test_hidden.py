import copy
import unittest

from layers import load
from layers.defaults import DEFAULTS
from layers.loader import lookup
from layers.merge import merge

ORIGINAL = copy.deepcopy(DEFAULTS)


class Sharing(unittest.TestCase):
    def tearDown(self):
        try:
            self.assertEqual(DEFAULTS, ORIGINAL)
        finally:
            DEFAULTS.clear()
            DEFAULTS.update(copy.deepcopy(ORIGINAL))

    def test_tenants_do_not_see_each_other(self):
        load("features.beta = true\nfeatures.export.pdf = true")
        config = load("limits.seats = 6")
        self.assertEqual((lookup(config, "features.beta"), lookup(config, "features.export.pdf")), (False, False))

    def test_a_loaded_configuration_may_be_changed(self):
        for texts in ((), ("limits.seats = 6",)):
            config = load(*texts)
            config["servers"].append("two.internal")
            config["features"]["export"]["csv"] = None
            self.assertEqual(load("a = 1")["servers"], ["one.internal"])

    def test_the_other_settings_are_not_shared_either(self):
        over = {"new": {"list": [1]}}
        merged = merge({}, over)
        merged["new"]["list"].append(2)
        self.assertEqual(over, {"new": {"list": [1]}})

    def test_removed_at_any_depth(self):
        config = load("features.export.csv = ~\nlimits.seats = ~")
        self.assertEqual(config["features"]["export"], {"pdf": False})
        self.assertEqual(config["limits"], {"uploads": 10})
        self.assertEqual(load("a.b.c = ~")["a"], {"b": {}})

    def test_removed_and_set_again(self):
        self.assertEqual(load("limits = ~", "limits.seats = 1")["limits"], {"seats": 1})

    def test_a_value_replaces_an_object_and_back(self):
        self.assertEqual(load("features = off")["features"], "off")
        self.assertEqual(load("servers.main = x")["servers"], {"main": "x"})
