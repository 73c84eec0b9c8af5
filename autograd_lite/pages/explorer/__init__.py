"""A network or a small graph as one live HTML file: every number can be changed, followed, and explained."""

from autograd_lite.pages.explorer.page import Page, page

__all__ = ["Page", "page"]
