"""Google Cloud Storage through Google's own client and the application default credentials of the machine.

obstore speaks Google's XML interface only, which no stand-in offers; this client is installed with dbt-bigquery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
from google.api_core import exceptions as api
from google.auth import exceptions as auth
from google.cloud import storage
from google.cloud.storage.retry import DEFAULT_RETRY

from orchestration.landing.remote import BucketError

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = (10, 30)
"""Seconds to connect, and between two bytes."""
RETRY = DEFAULT_RETRY.with_timeout(90)

_FAILURES = (api.GoogleAPIError, auth.GoogleAuthError, requests.RequestException, OSError, ValueError)


class GoogleBucket:
    """A bucket of Google Cloud Storage; the stamp of an object is its generation."""

    def __init__(self, name: str) -> None:
        """Find the credentials."""
        try:
            self._client = storage.Client(project=None)
        except _FAILURES as error:
            raise _told(error) from None
        self._bucket = self._client.bucket(name)

    def objects(self, prefix: str) -> Iterator[tuple[str, int, str, int]]:
        """List by pages; only three fields are asked for."""
        fields = "items(name,size,generation),nextPageToken"
        try:
            for blob in self._client.list_blobs(
                self._bucket, prefix=prefix or None, fields=fields, timeout=TIMEOUT, retry=RETRY
            ):
                yield blob.name, blob.size, str(blob.generation), int(blob.generation) * 1000  # microseconds
        except _FAILURES as error:
            raise _told(error) from None

    def look(self, name: str) -> tuple[int, str] | None:
        """Ask for the metadata."""
        try:
            blob = self._bucket.get_blob(name, timeout=TIMEOUT, retry=RETRY)
        except _FAILURES as error:
            raise _told(error) from None
        return None if blob is None else (blob.size, str(blob.generation))

    def read(self, name: str, start: int, end: int, stamp: str) -> bytes:
        """Read a range as it is stored: an object with Content-Encoding gzip would be unpacked on the way."""
        try:
            return self._bucket.blob(name).download_as_bytes(
                start=start,
                end=end - 1,
                raw_download=True,
                if_generation_match=int(stamp),
                checksum=None,
                timeout=TIMEOUT,
                retry=RETRY,
            )
        except _FAILURES as error:
            raise _told(error) from None


def _told(error: Exception) -> BucketError:
    """Find the reason in the error; its words may differ from run to run, so few are kept."""
    cause = getattr(error, "cause", None) or error.__cause__
    if isinstance(error, api.RetryError) and isinstance(cause, Exception):
        error = cause
    code = getattr(error, "code", None) or getattr(getattr(error, "response", None), "status_code", None)
    detail = f"HTTP {int(code)}" if isinstance(code, int) else ""
    if isinstance(error, api.PreconditionFailed):
        return BucketError("changed")
    if isinstance(error, auth.DefaultCredentialsError):
        return BucketError("refused", "no Google credentials are found on this machine")
    if isinstance(error, (api.Forbidden, api.Unauthorized, auth.RefreshError)):
        return BucketError("refused", detail or "the credentials are not accepted")
    if isinstance(error, api.NotFound):
        return BucketError("missing", detail)
    if isinstance(error, requests.Timeout):
        return BucketError("broken", "no answer within the time limit")
    return BucketError("broken", detail or "no connection, or it breaks off")
