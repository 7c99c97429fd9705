"""The head of the page: sentences, scripts and styles of our components, inlined in this order.

Gradio adds the head after its own start but before any component is drawn, so everything here is
defined when the first component asks for it, and nothing is fetched from anywhere.
"""

from pathlib import Path

from studio.ui.strings import Catalogue

STATIC = Path(__file__).parent / "static"
SCRIPTS = (
    "core",
    "keys",
    "choice",
    "notice",
    "outbox",
    "drafts",
    "reading",
    "pair",
    "blind",
    "chooser",
    "glance",
    "heard",
    "rater",
    "chips",
    "glimpse",
    "compare",
    "rows",
    "grid",
    "album",
    "teaching",
    "header",
)
STYLES = (
    "core",
    "rater",
    "chips",
    "reading",
    "pair",
    "blind",
    "chooser",
    "glimpse",
    "compare",
    "rows",
    "grid",
    "album",
    "teaching",
    "header",
    "pages",
)


def page_head(catalogue: Catalogue) -> str:
    """HTML for `launch(head=…)`."""
    styles = "\n".join((STATIC / f"{name}.css").read_text("utf-8") for name in STYLES)
    scripts = [f"window.studioStrings = {catalogue.as_json()};"]
    scripts += [(STATIC / f"{name}.js").read_text("utf-8") for name in SCRIPTS]
    return "\n".join(
        [f"<style>{styles}</style>", *(f"<script>{code}</script>" for code in scripts)]
    )
