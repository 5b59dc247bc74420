"""The layouts in which providers lay out their deliveries, one module each; `LAYOUTS` says which is asked first.

A layout is a module with the two functions of `Layout`. To add one, write its module and name it in `LAYOUTS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from orchestration.landing.layouts import aws, azure, bare, gcp

if TYPE_CHECKING:
    from orchestration.landing.candidates import Discovery
    from orchestration.landing.storage import Tree
    from orchestration.sources import Source


class Layout(Protocol):
    """What a layout must be able to tell from the names and manifests of a tree. No data file is opened."""

    def exports(self, source: Source, tree: Tree) -> set[str]:
        """Give the folders (inside the tree) of the exports in this layout; none if the tree has another layout."""

    def deliveries(self, source: Source, tree: Tree, discovery: Discovery) -> None:
        """Note the deliveries of the one export, those of a month newest first, and what is still being written."""


LAYOUTS: tuple[Layout, ...] = (gcp, azure, aws, bare)
"""The first that finds an export is taken; the bare folder is last, it fits every tree."""
