"""Link the first use of each term on a page to the glossary.

The entries of the glossary name the terms.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

ENTRY = re.compile(r"^- \*\*(?P<terms>[^*]+)\*\*", re.MULTILINE)
# Words of every day, and verbs: a link at each would say nothing.
PLAIN = {
    "advance",
    "amount",
    "check",
    "expire",
    "format",
    "hold",
    "page",
    "part",
    "row",
    "stated",
    "track",
    "unit",
    "version",
}
WITHOUT_LINKS = ("changelog", "contributing", "glossary", "reference/")


def link_terms(app: Sphinx, doctree: nodes.document) -> None:
    page = app.env.docname
    if page == "glossary":
        name_terms(app, doctree)
    if not page.startswith(WITHOUT_LINKS):
        left = terms_of(app)
        for text in [text for text in doctree.findall(nodes.Text) if is_prose(text)]:
            link_first_uses(text, left, page)


def terms_of(app: Sphinx) -> list[str]:
    """Return the terms of the glossary, the longest first."""
    text = (Path(app.srcdir) / "glossary.md").read_text("utf-8")
    terms = {
        term.strip()
        for entry in ENTRY.finditer(text)
        for term in entry["terms"].split(",")
    }
    return sorted(terms - PLAIN, key=lambda term: (-len(term), term))


def is_prose(text: nodes.Text) -> bool:
    parents = list(ancestors(text))
    others = (nodes.literal, nodes.reference, nodes.title, pending_xref)
    return any(isinstance(each, nodes.paragraph) for each in parents) and not any(
        isinstance(each, others) for each in parents
    )


def ancestors(node: nodes.Node) -> Iterator[nodes.Node]:
    while node := node.parent:
        yield node


def link_first_uses(text: nodes.Text, left: list[str], page: str) -> None:
    pieces: list[nodes.Node] = []
    rest = text.astext()
    while left and (
        use := re.search(
            rf"\b({'|'.join(map(re.escape, left))})s?\b", rest, re.IGNORECASE
        )
    ):
        term = next(each for each in left if each.lower() == use[1].lower())
        left.remove(term)
        pieces += [nodes.Text(rest[: use.start()]), linked(use[0], term, page)]
        rest = rest[use.end() :]
    text.parent.replace(text, [*pieces, nodes.Text(rest)])


def linked(word: str, term: str, page: str) -> pending_xref:
    where = {
        "refdomain": "std",
        "reftype": "ref",
        "reftarget": label_of(term),
        "refdoc": page,
    }
    return pending_xref(
        "", nodes.inline("", word), **where, refexplicit=True, refwarn=True
    )


def name_terms(app: Sphinx, doctree: nodes.document) -> None:
    """Give each term of the glossary an address."""
    for item in doctree.findall(nodes.list_item):
        strong = next(iter(item.findall(nodes.strong)), None)
        for term in strong.astext().split(",") if strong else ():
            label = label_of(term.strip())
            item["ids"].append(label)
            app.env.domains.standard_domain.anonlabels[label] = (app.env.docname, label)


def label_of(term: str) -> str:
    return f"term-{nodes.make_id(term)}"


def setup(app: Sphinx) -> None:
    app.add_css_file("terms.css")
    app.connect("doctree-read", link_terms)
