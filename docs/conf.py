"""How Sphinx builds these pages."""

import importlib
import inspect
import pkgutil
import re
import runpy
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version as installed_version
from pathlib import Path
from textwrap import indent
from types import ModuleType

import attrs
from docutils import nodes
from sphinx.addnodes import desc, pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import balances

sys.path.insert(0, str(Path(__file__).parent))
from attributes import sentences_of
from names import target_of

project = "balances"
version = release = installed_version("balances")
copyright = "the balances authors"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx_copybutton", "terms"]
exclude_patterns = ["_build"]
html_theme = "furo"
pygments_dark_style = "github-dark"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_title = f"balances {version}"
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

add_module_names = False
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
autodoc_default_options = {
    "members": True,
    "undoc-members": True,
    "member-order": "bysource",
}
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

# Two classes have an attribute `list`, and two have a `type`. The names of the
# built-ins link to neither.
suppress_warnings = ["ref.python"]

# A button copies the code of an example, without its prompts and its output.
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

# In a docstring as in a document, what stands between single backticks is code.
default_role = "code"

nitpicky = True
# Only names of our own can be looked up without a network.
nitpick_ignore_regex = [
    (
        "py:.*",
        r"(attrs?|cattrs|collections|datetime|decimal|enum|hypothesis|types|typing)\..*",
    ),
    # A name in a file is private. A public one lives at the package or a namespace.
    ("py:class", r"balances\.\w+\.\w+\.\w+"),
]


ROOMS = [info.name for info in pkgutil.iter_modules(balances.__path__, "balances.")]


class Room(SphinxDirective):
    """Document all that the files of a room export, under the names to import.

    The files are found by walking the folder: a new one is documented as it is there.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        room = importlib.import_module(self.arguments[0])
        self.seen: dict[str, tuple[object, str]] = {}
        sections = [
            section for file in files_of(room) for section in self._section(file, room)
        ]
        table = self.parse_text_to_nodes(_table(self.seen))
        return [
            *self.parse_text_to_nodes(inspect.getdoc(room) or ""),
            *table,
            *sections,
        ]

    def _section(self, file: ModuleType, room: ModuleType) -> list[nodes.Node]:
        names = {
            name: home_of(getattr(file, name), name, file, room)
            for name in file.__all__
        }
        if file is room and hasattr(room, "__path__"):
            # A namespace also shows names of others, which their own page documents.
            names = {
                name: home for name, home in names.items() if home == room.__name__
            }
        new = {
            name: f"{home}.{name}"
            for name, home in names.items()
            if f"{home}.{name}" not in self.seen
        }
        new = dict(
            sorted(
                new.items(),
                key=lambda named: not inspect.isroutine(getattr(file, named[0])),
            )
        )
        found = {
            full: (getattr(file, name), doc_of(file, name))
            for name, full in new.items()
        }
        self.seen |= found
        directives = (_directive(full, *said) for full, said in found.items())
        content = self.parse_text_to_nodes("\n\n".join(directives))
        return content if file is room or not new else [self._titled(file, content)]

    def _titled(self, file: ModuleType, content: list[nodes.Node]) -> nodes.section:
        summary = (inspect.getdoc(file) or "").partition("\n\n")[0]
        title = nodes.title(
            text=file.__name__.rpartition(".")[2].replace("_", " ").capitalize()
        )
        ids = [nodes.make_id(file.__name__)]
        return nodes.section(
            "", title, *self.parse_text_to_nodes(summary), *content, ids=ids
        )


def files_of(room: ModuleType) -> list[ModuleType]:
    """Return the modules of a room, and then the room itself."""
    found = pkgutil.iter_modules(getattr(room, "__path__", []), f"{room.__name__}.")
    return [*(importlib.import_module(info.name) for info in found), room]


def home_of(value: object, name: str, file: ModuleType, room: ModuleType) -> str:
    """Return the module that a public name is imported from.

    A plain value cannot say so itself.
    """
    if inspect.isclass(value) or inspect.isroutine(value):
        return value.__module__
    return next(
        (
            home.__name__
            for home in (balances, room)
            if getattr(home, name, None) is value
        ),
        file.__name__,
    )


def doc_of(file: ModuleType, name: str) -> str:
    """Return the docstring of a public thing. A plain value has it in the source."""
    value = getattr(file, name)
    if inspect.isclass(value) or inspect.isroutine(value):
        return inspect.getdoc(value) or ""
    comments = ModuleAnalyzer.for_module(file.__name__).find_attr_docs()
    return "\n".join(comments["", name]).strip()


def _table(found: Mapping[str, tuple[object, str]]) -> str:
    """List what a page has, the functions first, with a sentence about each."""
    names = sorted(
        found, key=lambda name: (not inspect.isroutine(found[name][0]), name.lower())
    )
    rows = [
        f"   * - :py:obj:`{name.removeprefix('balances.')} <{name}>`\n"
        f"     - {_sentence(found[name][1])}"
        for name in names
    ]
    return "\n".join([".. list-table::", "   :widths: auto", "", *rows])


def _sentence(doc: str) -> str:
    """Return the first sentence of a docstring."""
    summary = " ".join(doc.partition("\n\n")[0].split())
    return re.split(r"(?<=[.?]) (?=[A-Z`])", summary)[0]


def _directive(name: str, value: object, doc: str) -> str:
    if inspect.isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
        return f".. auto{kind}:: {name}"
    if inspect.isroutine(value):
        return f".. autofunction:: {name}"
    home, _, own = name.rpartition(".")
    return f".. py:data:: {own}\n   :module: {home}\n\n{indent(doc, '   ')}"


def require_every_export(_: Sphinx, env: BuildEnvironment) -> None:
    documented = env.domains.python_domain.objects
    for name in sorted(set(exports()) - set(documented)):
        logging.getLogger(__name__).warning("%s is not in the reference", name)


def exports() -> Iterator[str]:
    """Name everything public, as it is imported."""
    for room in map(importlib.import_module, ROOMS):
        for file in files_of(room):
            yield from (
                f"{home_of(getattr(file, name), name, file, room)}.{name}"
                for name in file.__all__
            )


def describe_attribute(
    _app: Sphinx,
    what: str,
    name: str,
    _value: object,
    _options: object,
    lines: list[str],
) -> None:
    """Give an attribute its sentence."""
    cls, _, attribute = name.removeprefix("balances.").rpartition(".")
    if what == "attribute" and attrs.has(getattr(balances, cls, object)):
        lines[:] = sentences_of(getattr(balances, cls), attribute)


def link_names(app: Sphinx, doctree: nodes.document) -> None:
    """Let a public name in backticks lead to its reference.

    One that leads nowhere is a warning, and so an error.
    """
    for literal in list(doctree.findall(nodes.literal)):
        target = target_of(literal.astext(), documented_by(literal))
        if target and not isinstance(literal.parent, nodes.reference | pending_xref):
            where = {"refdomain": "py", "reftype": "obj", "refdoc": app.env.docname}
            xref = pending_xref("", **where, refexplicit=True, refwarn=True)
            xref["reftarget"] = target
            literal.replace_self(xref)
            xref += literal


def documented_by(node: nodes.Node) -> str:
    """Return the full name of the thing whose docstring this is in, or an empty one."""
    while node and not isinstance(node, desc):
        node = node.parent
    return node[0]["ids"][0] if node and node[0]["ids"] else ""


def close_examples(_: Sphinx, doctree: nodes.document) -> None:
    """Leave out the empty line that ends an example."""
    for block in doctree.findall(nodes.literal_block):
        # Sphinx colours a block only as long as its source is its text.
        block.rawsource = block.astext().rstrip("\n")
        block.children = [nodes.Text(block.rawsource)]


def write_for_skimmers(app: Sphinx, failure: Exception | None) -> None:
    """Write `llms.txt`, the list of all pages, and `balances.md`, all pages in one."""
    if failure is not None or app.builder.name != "html":
        return
    titles = {name: title.astext() for name, title in app.env.titles.items()}
    pages = [
        name
        for name in app.env.toctree_includes.get("index", [])
        if not name.startswith("reference/")
    ]
    out, source = Path(app.outdir), Path(app.srcdir)
    summary = (balances.__doc__ or "").partition("\n")[0]
    listed = "\n".join(f"- [{titles[name]}]({name}.html)" for name in pages)
    (out / "llms.txt").write_text(
        f"# balances\n\n> {summary}\n\n## Pages\n\n{listed}\n", "utf-8"
    )
    texts = [whole_text(source / f"{name}.md") for name in ("index", *pages)]
    (out / "balances.md").write_text("\n\n".join(texts), "utf-8")


def whole_text(page: Path) -> str:
    """Return the text of a page, with the files that it shows in their places."""

    def shown(fence: re.Match[str]) -> str:
        text = (page.parent / fence["file"]).read_text("utf-8")
        return text if fence["how"] == "include" else f"```python\n{text}```"

    fence = r"^```\{(?P<how>include|literalinclude)\} (?P<file>\S+)\n(?::.*\n)*```$"
    return re.sub(fence, shown, page.read_text("utf-8"), flags=re.MULTILINE)


def draw_pictures(app: Sphinx) -> None:
    program = Path(app.srcdir) / "how-to" / "draw_a_balance.py"
    drawn = Path(app.srcdir) / "_build" / "pictures"
    drawn.mkdir(parents=True, exist_ok=True)
    for name, picture in runpy.run_path(str(program))["PICTURES"].items():
        (drawn / f"{name}.svg").write_text(picture, "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", draw_pictures)
    app.connect("autodoc-process-docstring", describe_attribute)
    app.connect("doctree-read", link_names)
    app.connect("doctree-read", close_examples)
    app.connect("build-finished", write_for_skimmers)
    app.add_directive("room", Room)
    app.connect("env-check-consistency", require_every_export)
