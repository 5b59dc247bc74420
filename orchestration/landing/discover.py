"""Looking into a source's folder: which deliveries are there, in which order, and which are still being written.

Which layout the folder has is decided here; what a layout means is told in `layouts/`. No data file is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.landing.candidates import Candidate, Discovery
from orchestration.landing.layouts import LAYOUTS
from orchestration.landing.storage import NoSuchPlaceError, open_tree

if TYPE_CHECKING:
    from orchestration.landing.storage import Tree
    from orchestration.sources import Source


def discover(source: Source) -> Discovery:
    """List what the folder of a source holds; candidates of one month come newest first."""
    discovery = Discovery()
    try:
        _look(source, open_tree(source), discovery)
    except NoSuchPlaceError as error:
        discovery.candidates.append(Candidate(source, None, [], problem=str(error)))
    return discovery


def _look(source: Source, tree: Tree, discovery: Discovery) -> None:
    for layout in LAYOUTS:
        exports = layout.exports(source, tree)
        if len(exports) == 1:
            layout.deliveries(source, tree, discovery)
        elif exports:
            names = ", ".join(f"'{name or '.'}'" for name in sorted(exports))
            problem = f"the folder holds more than one export ({names}); give each a source of its own in sources.yml."
            discovery.candidates.append(Candidate(source, None, [], problem=problem))
        if exports:
            return
