from minitpl.render import render
from minitpl.lexer import TemplateError

__all__ = ["TemplateError", "render"]
