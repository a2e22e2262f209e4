"""How Sphinx builds these pages: make docs."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The checkout's own package is described, whatever else is installed.
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

from vaurien.version import __version__  # noqa: E402  # found by the line above

project = "Vaurien"
author = "The Vaurien authors"
version = release = __version__

extensions = ["sphinx.ext.autodoc", "vaurien_reference"]
exclude_patterns = ["_build"]
nitpicky = True  # a reference that leads nowhere is a warning, and the build makes warnings errors
default_role = "literal"  # docstrings write `name` for names of arguments and options
smartquotes = False  # what is printed is typed: "--" must stay two hyphens
highlight_language = "none"
autodoc_typehints = "none"
autodoc_member_order = "bysource"

html_theme = "alabaster"
html_theme_options = {"description": "A TCP chaos proxy", "fixed_sidebar": True, "page_width": "1100px"}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html", "relations.html"]}
html_copy_source = False
