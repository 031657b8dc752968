"""How Sphinx builds these pages."""

import importlib
import inspect
import runpy
from importlib.metadata import version as installed_version
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import balances

project = "balances"
version = release = installed_version("balances")
copyright = "the balances authors"

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"balances {version}"
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

add_module_names = False
autodoc_default_options = {"members": True, "undoc-members": True, "member-order": "bysource"}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

# In a docstring as in a document, what stands between single backticks is code.
default_role = "code"

nitpicky = True
# Only names of our own can be looked up without a network.
nitpick_ignore_regex = [
    ("py:.*", r"(attrs?|cattrs|collections|datetime|decimal|enum|hypothesis|types|typing)\..*"),
    # A type variable has no page.
    ("py:class", r"balances\..*\.(AnyConverter|T)"),
]


class Room(SphinxDirective):
    """Document what a room exports, under the names it is imported by."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        room = self.arguments[0]
        module = importlib.import_module(room)
        apart = room.split(".")[1] in ("wire", "testing")
        names = [name for name in module.__all__ if not (apart and name in balances.__all__)]
        lines = [_directive(getattr(module, name), f"{room if apart else 'balances'}.{name}") for name in names]
        return self.parse_text_to_nodes("\n\n".join([inspect.getdoc(module) or "", *lines]))


def _directive(value: object, name: str) -> str:
    if inspect.isclass(value):
        return f".. auto{'exception' if issubclass(value, BaseException) else 'class'}:: {name}"
    if inspect.isroutine(value):
        return f".. autofunction:: {name}"
    return f".. autodata:: {name}\n   :no-value:"


def require_every_export(_: Sphinx, env: BuildEnvironment) -> None:
    documented = env.domains.python_domain.objects
    for name in balances.__all__:
        if f"balances.{name}" not in documented:
            logging.getLogger(__name__).warning("balances.%s is not in the reference", name)


def draw_pictures(app: Sphinx) -> None:
    program = Path(app.srcdir) / "how-to" / "draw_a_balance.py"
    drawn = Path(app.srcdir) / "_build" / "pictures"
    drawn.mkdir(parents=True, exist_ok=True)
    for name, picture in runpy.run_path(str(program))["PICTURES"].items():
        (drawn / f"{name}.svg").write_text(picture, "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", draw_pictures)
    app.add_directive("room", Room)
    app.connect("env-check-consistency", require_every_export)
