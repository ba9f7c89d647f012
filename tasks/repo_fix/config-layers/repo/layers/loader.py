"""Loading the configuration of a tenant."""

from layers.defaults import DEFAULTS
from layers.merge import merge
from layers.parse import parse


def load(*texts, defaults=DEFAULTS):
    """The defaults with the settings of each text over them, the last one on top."""
    config = defaults
    for text in texts:
        config = merge(config, parse(text))
    return config


def lookup(config, path, default=None):
    """The value at a dotted path."""
    for name in path.split("."):
        if not isinstance(config, dict) or name not in config:
            return default
        config = config[name]
    return config
