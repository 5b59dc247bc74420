"""A hundred thousand objects are listed by pages, in seconds, and in memory for their names and stamps alone."""

from __future__ import annotations

import json
import threading
import time
import tracemalloc
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from orchestration.landing.storage import open_tree
from orchestration.sources import Source

from .standins import AzureBlob, without_clouds

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT, PAGE = 100_000, 1_000
CLOUDS = {
    "s3": "s3://bills/exports",
    "gs": "gs://bills/exports",
    "az": "abfss://bills@devstoreaccount1.dfs.core.windows.net/exports",
}


def _names(page: int) -> list[str]:
    numbers = range(page * PAGE, (page + 1) * PAGE)
    return [f"exports/reports/cost-csv/{number // 300:05d}/0001000{number:09d}-00001.csv.gz" for number in numbers]


def _s3(page: int, following: int | None) -> bytes:
    items = "".join(
        f"<Contents><Key>{name}</Key><LastModified>2026-10-12T17:50:30.000Z</LastModified><Size>434234</Size>"
        "<ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><StorageClass>STANDARD</StorageClass></Contents>"
        for name in _names(page)
    )
    more = f"<NextContinuationToken>{following}</NextContinuationToken>" if following else ""
    is_cut = str(bool(following)).lower()
    return f"<ListBucketResult><IsTruncated>{is_cut}</IsTruncated>{items}{more}</ListBucketResult>".encode()


def _google(page: int, following: int | None) -> bytes:
    items = [{"name": name, "size": "434234", "generation": "1760291430000000"} for name in _names(page)]
    return json.dumps({"items": items, **({"nextPageToken": str(following)} if following else {})}).encode()


def _azure(page: int, following: int | None) -> bytes:
    items = "".join(
        f"<Blob><Name>{name}</Name><Properties><Last-Modified>Mon, 12 Oct 2026 17:50:30 GMT</Last-Modified>"
        "<Etag>0x8D4BCC2E4835CD0</Etag><Content-Length>434234</Content-Length><Content-Type>a/b</Content-Type>"
        "<BlobType>BlockBlob</BlobType></Properties></Blob>"
        for name in _names(page)
    )
    return (
        f"<EnumerationResults><Prefix>exports/</Prefix><MaxResults>{PAGE}</MaxResults><Blobs>{items}</Blobs>"
        f"<NextMarker>{following or ''}</NextMarker></EnumerationResults>"
    ).encode()


PAGES: dict[str, tuple[str, Callable[[int, int | None], bytes]]] = {
    "s3": ("continuation-token", _s3),
    "gs": ("pageToken", _google),
    "az": ("marker", _azure),
}


@pytest.fixture
def count(request: pytest.FixtureRequest) -> int:
    """Give the number of objects: a hundred thousand, unless the test asks for fewer."""
    return getattr(request, "param", COUNT)


@pytest.fixture(params=list(PAGES))
def crowded(
    request: pytest.FixtureRequest, count: int, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, list[str]]]:
    """Serve the pages of a crowded bucket; gives the uri and the requests as they come."""
    token, page_of = PAGES[request.param]
    last = count // PAGE - 1
    pages = [page_of(page, page + 1 if page < last else None) for page in range(last + 1)]
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

        def do_HEAD(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            requests.append(self.path)
            body = pages[int(parse_qs(urlsplit(self.path).query).get(token, ["0"])[0])]
            self.send_response(200)
            self.send_header("Content-Type", "application/json" if request.param == "gs" else "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}"
    azure = f"AccountName={AzureBlob.account};AccountKey={AzureBlob.key};BlobEndpoint={here}/{AzureBlob.account}"
    for variable, value in without_clouds().items():
        monkeypatch.setenv(variable, value)
        if not value:
            monkeypatch.delenv(variable)
    monkeypatch.setenv("AWS_ENDPOINT_URL", here)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", here)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", azure)
    yield CLOUDS[request.param], requests
    server.shutdown()
    server.server_close()


def test_a_hundred_thousand_objects_are_listed_by_pages(crowded: tuple[str, list[str]]) -> None:
    """The time is that of this process, the stand-in's part in it: how busy the machine is must not decide."""
    uri, requests = crowded
    started = time.process_time()
    tree = open_tree(Source("bills", "focus", uri))
    seconds = time.process_time() - started
    assert len(tree.files) == COUNT
    assert len(requests) == COUNT // PAGE
    assert next(iter(tree.files)) == "reports/cost-csv/00000/0001000000000000-00001.csv.gz"
    assert seconds < 30
    print(f"{uri}: {seconds:.1f} s")


@pytest.mark.parametrize("count", [10_000], indirect=True)
def test_a_listing_keeps_names_and_stamps_alone(crowded: tuple[str, list[str]]) -> None:
    uri, _ = crowded
    tracemalloc.start()
    tree = open_tree(Source("bills", "focus", uri))
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept / len(tree.files) < 800, "bytes per object"
    assert peak - kept < 8_000_000, "a page at a time, not all of them"
