"""A tree in object storage: one listing, reading by ranges that are taken up again where they broke.

What is particular to a cloud's interface is in `buckets.py` and `google_bucket.py`; here failures become sentences.
"""

from __future__ import annotations

import io
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

from orchestration.landing.storage import DeliveredFile, FileChangedError, StorageError, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from orchestration.places import Place


Answer = TypeVar("Answer")

PAUSES = (1, 4)
"""Seconds before a broken request is tried again; the clients repeat by themselves what a busy store puts off."""

_WHO_MAY = {
    "s3": "allow s3:ListBucket and s3:GetObject there to the credentials that the AWS command line would use here "
    "(AWS_PROFILE, AWS_ACCESS_KEY_ID, web identity, the role of the machine)",
    "gs": "grant Storage Object Viewer there to the application default credentials of this machine "
    "(GOOGLE_APPLICATION_CREDENTIALS, `gcloud auth application-default login`, workload identity)",
    "az": "grant Storage Blob Data Reader there to the identity of this machine (AZURE_CLIENT_ID and its secret or "
    "federated token, AZURE_STORAGE_CONNECTION_STRING, AZURE_USE_AZURE_CLI=true, managed identity)",
}


class BucketError(Exception):
    """A request failed: `reason` is a key of `_MEANING`, the text a detail that is the same for the same cause."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """`reason`: 'refused', 'missing', 'changed', 'broken' or 'name'."""
        super().__init__(detail)
        self.reason = reason


class Bucket(Protocol):
    """What a cloud's interface must be able to do; all of it raises BucketError."""

    def objects(self, prefix: str) -> Iterator[tuple[str, int, str, int]]:
        """List the objects in the folder `prefix`, in order, by pages: name, size, stamp, and time in nanoseconds."""

    def look(self, name: str) -> tuple[int, str] | None:
        """Give size and stamp of one object; None if there is none."""

    def read(self, name: str, start: int, end: int, stamp: str) -> bytes:
        """Read the bytes from `start` to before `end` of the object that has this stamp."""


class RemoteTree(Tree):
    """All objects under a prefix of a bucket."""

    parallel = 16

    def __init__(self, uri: str, place: Place) -> None:
        """List the place; StorageError if that cannot be done."""
        super().__init__(uri)
        self._place = place
        self._texts: dict[str, str] = {}
        try:
            self._bucket = _open(place)
            self._list()
        except BucketError as error:
            raise self._explained(error) from None

    def look(self, origin: str) -> tuple[int, str] | None:
        """Ask for size and stamp."""
        try:
            return self._persist(partial(self._bucket.look, self._place.key(origin)))
        except BucketError as error:
            raise self._explained(error, origin) from None

    def open(self, file: DeliveredFile) -> BinaryIO:
        """Give a stream; each `read(n)` is one request."""
        return _Stream(file.size, partial(self._read, file))

    def read_text(self, origin: str) -> str:
        """Read a small file, from what was read ahead if it was."""
        return self._texts[origin] if origin in self._texts else super().read_text(origin)

    def read_ahead(self, origins: Iterable[str]) -> None:
        """Read many small files at once."""
        with ThreadPoolExecutor(max_workers=self.parallel) as pool:
            names = list(origins)
            self._texts = dict(zip(names, pool.map(super().read_text, names), strict=True))

    def _list(self) -> None:
        prefix = f"{self._place.prefix}/" if self._place.prefix else ""
        for name, size, stamp, changed_at in self._bucket.objects(prefix):
            self._add(name.removeprefix(prefix), size, stamp, changed_at)
        if not self.files and prefix:
            found = self._bucket.look(self._place.prefix)
            if found:
                folder, _, name = self._place.prefix.rpartition("/")
                self._place = replace(self._place, prefix=folder)
                self._add(name, *found)
        # Consoles keep an empty object in place of a folder.
        folders = {origin.rpartition("/")[0] for origin, file in self.files.items() if file.size}
        for origin, file in list(self.files.items()):
            if file.size == 0 and (origin in folders or "." not in origin.rpartition("/")[2]):
                del self.files[origin]

    def _add(self, origin: str, size: int, stamp: str, changed_at: int = 0) -> None:
        if origin and not any(part.startswith(".") for part in origin.split("/")[:-1]):
            self.files[origin] = DeliveredFile(self, origin, size, stamp, changed_at=changed_at)

    def _read(self, file: DeliveredFile, start: int, end: int) -> bytes:
        """Read a range. An answer that breaks off is taken up at that byte by the client, the range is tried again."""
        request = partial(self._bucket.read, self._place.key(file.origin), start, end, file.stamp)
        try:
            content = self._persist(request)
        except BucketError as error:
            raise self._explained(error, file.origin) from None
        if len(content) != end - start:
            raise FileChangedError(f"the file '{file.origin}' in '{self.uri}' is shorter than it was listed")
        return content

    def _persist(self, request: Callable[[], Answer]) -> Answer:
        for pause in PAUSES:
            try:
                return request()
            except BucketError as error:
                if error.reason != "broken":
                    raise
            time.sleep(pause)
        return request()

    def _explained(self, error: BucketError, origin: str | None = None) -> Exception:
        """Say what happened, where, and what to do."""
        what = f"'{self.uri}'" if origin is None else f"the file '{origin}' in '{self.uri}'"
        detail = f" ({error})" if str(error) else ""
        if error.reason == "changed" or (error.reason == "missing" and origin):
            return FileChangedError(f"{what} changed while it was read")
        if error.reason == "refused":
            return StorageError(f"access to {what} is refused{detail}; {_WHO_MAY[self._place.cloud]}.")
        if error.reason == "missing":
            return StorageError(
                f"there is no bucket or container '{self._place.bucket}'{detail}; correct the uri '{self.uri}' in "
                "sources.yml, or the account or endpoint in the environment."
            )
        if error.reason == "name":
            return StorageError(f"{what} cannot be listed{detail}; name a folder without such objects as uri.")
        return StorageError(
            f"{what} cannot be read{detail}, also not when tried again; check the network, the proxy and the name of "
            "the endpoint. The next run tries again."
        )


class _Stream(io.RawIOBase):
    """An object as a file to be read from its beginning to its end."""

    def __init__(self, size: int, fetch: Callable[[int, int], bytes]) -> None:
        self._size, self._fetch, self._position = size, fetch, 0

    def readable(self) -> bool:
        """Say that it is for reading."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, fewer only at the end."""
        start = self._position
        end = self._size if size < 0 else min(start + size, self._size)
        self._position = end
        return self._fetch(start, end) if end > start else b""


def _open(place: Place) -> Bucket:
    if place.cloud == "gs":
        from orchestration.landing.google_bucket import GoogleBucket  # noqa: PLC0415  (half a second to import)

        return GoogleBucket(place.bucket)
    from orchestration.landing.buckets import azure_bucket, s3_bucket  # noqa: PLC0415

    return s3_bucket(place) if place.cloud == "s3" else azure_bucket(place)
