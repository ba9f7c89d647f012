from paging.pages import Pages
from paging.render import render

__all__ = ["Pages", "render"]
