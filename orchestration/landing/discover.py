"""Looking into a source's folder: which deliveries are there, in which order, and which are still being written.

Which layout the folder has is decided here; what a layout means is told in `layouts/`. No data file is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.landing.candidates import Candidate, Discovery
from orchestration.landing.layouts import LAYOUTS
from orchestration.landing.storage import FileChangedError, StorageError, open_tree

if TYPE_CHECKING:
    from orchestration.landing.storage import Tree
    from orchestration.sources import Source


def discover(source: Source) -> Discovery:
    """List what the folder of a source holds; candidates of one month come newest first."""
    discovery = Discovery()
    if source.table:  # there is no folder to look into; see `in_place.py`
        return discovery
    try:
        _look(source, open_tree(source), discovery)
    except StorageError as error:
        discovery = Discovery(is_complete=False)
        discovery.candidates.append(Candidate(source, None, [], problem=str(error)))
    except PermissionError as error:
        discovery = Discovery(is_complete=False)
        problem = f"'{error.filename}' cannot be read (permission denied); allow reading it."
        discovery.candidates.append(Candidate(source, None, [], problem=problem))
    except (FileChangedError, FileNotFoundError) as error:
        discovery = Discovery(is_complete=False)
        discovery.wait(source, None, f"Source {source.name}: {error}; it is looked at again in the next run.")
    return discovery


def _is_manifest(origin: str) -> bool:
    return origin.lower().endswith("manifest.json")


def _look(source: Source, tree: Tree, discovery: Discovery) -> None:
    for layout in LAYOUTS:
        exports = layout.exports(source, tree)
        if len(exports) == 1:
            tree.read_ahead(filter(_is_manifest, tree.files))
            layout.deliveries(source, tree, discovery)
        elif exports:
            names = ", ".join(f"'{name or '.'}'" for name in sorted(exports))
            problem = (
                f"the folder holds more than one export ({names}), with months in common; give each a source of its "
                "own in sources.yml. If one goes on under another name, keep each month in one of the folders alone."
            )
            discovery.candidates.append(Candidate(source, None, [], problem=problem))
        if exports:
            return
