"""Data Docs: pages made by Great Expectations' site builder, in words and a layout that a person can read.

The library's own templates fetch styles and scripts from public servers and speak of batches and suites; a house
that cannot reach the internet would see bare text. Renderer and views here are plugged into its site builder
instead, and the pages stand alone. Imported only after Great Expectations (see ``gx.load``).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from great_expectations.render.renderer.site_builder import SiteBuilder
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from orchestration.doors.checks import CheckResult

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
    from great_expectations.data_context import EphemeralDataContext

FRONT, BACK = "front_door", "back_door"
_DOORS = {
    FRONT: (
        "Front door",
        "Is each new delivery whole, of a known shape, and plausible beside the one before?",
        "The deliveries concerned are put aside.",
    ),
    BACK: (
        "Back door",
        "Are the numbers fit to be shown? Checked on the relations about to be published.",
        "Nothing is published.",
    ),
}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# The site builder makes renderers by class name from plain configuration; what they show is handed over here.
_SHOWN: dict[str, Any] = {}


class SubjectRenderer:
    """Choose what the page of one validation shows."""

    def __init__(self, data_context: EphemeralDataContext | None = None) -> None:
        """Take what the site builder offers."""
        self.data_context = data_context

    def render(self, validation: ExpectationSuiteValidationResult) -> dict[str, Any]:
        """Return the variables of ``subject.html.j2``; one validation of many deliveries shows them all."""
        subject = validation.suite_name
        checks = [check for check in _SHOWN["results"] if check.subject == subject]
        return _SHOWN | {"subject": subject, "checks": checks or _SHOWN["results"], "is_mixed": not checks}


class IndexRenderer:
    """Choose what the first page of a door shows."""

    def __init__(self, data_context: EphemeralDataContext | None = None) -> None:
        """Take what the site builder offers."""
        self.data_context = data_context

    def render(self, index_links: dict[str, Any]) -> dict[str, Any]:
        """Return the variables of ``door.html.j2``: one row per subject with the address of its page."""
        links = {link["expectation_suite_name"]: link["filepath"] for link in index_links.get("validations_links", [])}
        subjects: dict[str, list[CheckResult]] = {}
        for check in _SHOWN["results"]:
            subjects.setdefault(check.subject, []).append(check)
        shared = next(iter(links.values()), None)
        rows = [(subject, links.get(subject, shared), checks) for subject, checks in subjects.items()]
        failed = [check for check in _SHOWN["results"] if not check.passed]
        return _SHOWN | {"rows": rows, "failed": sorted(failed, key=lambda check: not check.blocks)}


class _View:
    template = ""

    def __init__(self, custom_styles_directory: str | None = None, custom_views_directory: str | None = None) -> None:
        """Take and ignore what the site builder offers."""

    def render(self, document: dict[str, Any], **_: object) -> str:
        """Return the page."""
        return _TEMPLATES.get_template(self.template).render(document)


class SubjectView(_View):
    """The page of one subject."""

    template = "subject.html.j2"


class IndexView(_View):
    """The first page of a door."""

    template = "door.html.j2"


def build(
    context: EphemeralDataContext, docs_dir: Path, door: str, run_name: str, results: Sequence[CheckResult]
) -> Path:
    """Write the pages of one door's last run, replacing those of the run before; return the first page.

    The pages are made beside and moved in, so that a browser never meets half of them.
    """
    fresh = docs_dir / f".{door}.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    title, question, consequence = _DOORS[door]
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    _SHOWN.update(title=title, question=question, consequence=consequence)
    _SHOWN.update(run_name=run_name, made_at=now, results=list(results))
    here = {"module_name": __name__}
    site = SiteBuilder(
        data_context=context,
        store_backend={"class_name": "TupleFilesystemStoreBackend", "base_directory": str(fresh)},
        site_name=title,
        show_how_to_buttons=False,
        site_index_builder={
            "class_name": "DefaultSiteIndexBuilder",
            "renderer": here | {"class_name": "IndexRenderer"},
            "view": here | {"class_name": "IndexView"},
        },
        site_section_builders={
            "expectations": "None",
            "profiling": "None",
            "validations": {
                "class_name": "DefaultSiteSectionBuilder",
                "renderer": here | {"class_name": "SubjectRenderer"},
                "view": here | {"class_name": "SubjectView"},
            },
        },
    )
    for section in site.site_section_builders.values():
        section.build()
    site.site_index_builder.build()  # SiteBuilder.build() would also copy 4 MB of the library's pictures and fonts
    final = docs_dir / door
    former = docs_dir / f".{door}.old"
    shutil.rmtree(former, ignore_errors=True)
    if final.exists():
        final.rename(former)
    fresh.rename(final)
    shutil.rmtree(former, ignore_errors=True)
    _write_entrance(docs_dir)
    return final / "index.html"


def _write_entrance(docs_dir: Path) -> None:
    """Write the page that leads to whichever doors have pages."""
    doors = [(door, *words) for door, words in _DOORS.items() if (docs_dir / door / "index.html").exists()]
    page = _TEMPLATES.get_template("entrance.html.j2").render(doors=doors, title="Data Docs")
    fresh = docs_dir / ".index.html.new"
    fresh.write_text(page, encoding="utf-8")
    fresh.replace(docs_dir / "index.html")
