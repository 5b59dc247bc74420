"""Reading a `uri` of `sources.yml`: a folder of this machine, or a place in object storage.

Only the text is read here; opening the place is the work of `landing/storage.py`. Credentials have no place in a uri.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://(.*)", re.IGNORECASE)
_ALIASES = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "abfss": "az", "abfs": "az", "az": "az"}
_AZURE_HOST = re.compile(r"([a-z0-9]+)\.(dfs|blob)\.[a-z0-9.-]+", re.IGNORECASE)


class BadPlaceError(ValueError):
    """A uri that names no place; the message completes a sentence that begins with the uri."""


@dataclass(frozen=True)
class Place:
    """Where exports lie in object storage."""

    cloud: str
    """'s3', 'gs' or 'az'."""
    bucket: str
    """On Azure the container."""
    prefix: str = ""
    """Without a slash at either end; empty for the whole bucket."""
    account: str | None = None
    """Azure's storage account; None if the environment tells it."""

    def key(self, origin: str) -> str:
        """Give the name of an object from its path inside this place."""
        return f"{self.prefix}/{origin}" if self.prefix else origin


def read_place(uri: str) -> Place | None:
    """Read a uri of object storage; None if it is a path of this machine, BadPlaceError if it is neither."""
    match = _SCHEME.fullmatch(uri)
    if match is None:
        return None
    scheme, rest = match.group(1).lower(), match.group(2)
    if scheme not in _ALIASES:
        raise BadPlaceError("is neither a folder nor object storage that can be read: s3://, gs://, abfss:// or az://")
    if "?" in rest or "#" in rest.split("/", 1)[0]:
        raise BadPlaceError("must end with the folder: what follows a '?' (a signature, for example) does not belong")
    host, _, path = rest.partition("/")
    bucket, at, server = host.partition("@")
    account = None
    if at and (_ALIASES[scheme] != "az" or ":" in bucket):
        raise BadPlaceError(
            "holds credentials; leave them out, they come from the environment of the cloud's own tools"
        )
    if at:
        named = _AZURE_HOST.fullmatch(server)
        if named is None:
            raise BadPlaceError("must be written as abfss://container@account.dfs.core.windows.net/folder")
        account = named.group(1).lower()
    if not bucket:
        raise BadPlaceError("names no bucket or container")
    return Place(_ALIASES[scheme], bucket, path.strip("/"), account)
