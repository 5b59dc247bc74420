"""S3 and Azure Blob through obstore; credentials, endpoint and region as the clouds' own tools take them.

Nothing here comes from `sources.yml` but the names of bucket and account.
"""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import (
    BaseError,
    InvalidPathError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, S3Store

from orchestration.landing.remote import BucketError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore.store import ObjectStore

    from orchestration.places import Place

CLIENT = {
    "connect_timeout": timedelta(seconds=10),
    "read_timeout": timedelta(seconds=30),
    "timeout": timedelta(minutes=5),
}
RETRY = {"max_retries": 4, "retry_timeout": timedelta(seconds=90)}

_STATUS = re.compile(r"status code: (\d+)")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_REFUSED, _MISSING = ("400", "401", "403"), ("404",)
_CREDENTIALS_LAST = timedelta(minutes=10)


class ObstoreBucket:
    """A bucket behind any of obstore's stores."""

    def __init__(self, store: ObjectStore) -> None:
        """`store` knows bucket, endpoint and credentials."""
        self._store = store

    def objects(self, prefix: str) -> Iterator[tuple[str, int, str, int]]:
        """List by pages; only what a page says of each object is kept."""
        try:
            for page in obstore.list(self._store, prefix.rstrip("/") or None, chunk_size=1000):
                for item in page:
                    yield item["path"], item["size"], _stamp(item), int(item["last_modified"].timestamp()) * 10**9
        except (BaseError, OSError, ValueError) as error:
            raise _told(error) from None

    def look(self, name: str) -> tuple[int, str] | None:
        """Ask for the head."""
        try:
            found = obstore.head(self._store, name)
        except FileNotFoundError:
            return None
        except (BaseError, OSError, ValueError) as error:
            raise _told(error) from None
        return found["size"], _stamp(found)

    def read(self, name: str, start: int, end: int, stamp: str) -> bytes:
        """Read a range, on the condition that the object still has this etag."""
        condition = {} if stamp.startswith("at ") else {"if_match": f'"{stamp}"'}
        try:
            return bytes(obstore.get(self._store, name, options={"range": (start, end), **condition}).bytes())
        except (BaseError, OSError, ValueError) as error:
            raise _told(error) from None


def s3_bucket(place: Place) -> ObstoreBucket:
    """Open a bucket with what botocore finds: environment, profile, single sign-on, web identity, instance role."""
    import botocore.exceptions  # noqa: PLC0415
    import botocore.session  # noqa: PLC0415

    session = botocore.session.Session()
    try:
        configured = session.get_scoped_config()
        region = os.environ.get("AWS_REGION") or session.get_config_variable("region") or "us-east-1"
        credentials = session.get_credentials()
    except botocore.exceptions.BotoCoreError as error:
        raise BucketError("refused", str(error)) from None
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    endpoint = (endpoint or configured.get("endpoint_url") or "").rstrip("/") or None
    is_public = os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in ("1", "true")
    if credentials is None and not is_public:
        raise BucketError("refused", "no AWS credentials are found on this machine")
    region = _region_of(place.bucket, endpoint or f"https://s3.{region}.amazonaws.com") or region
    options: dict[str, Any] = {"region": region, **({"endpoint": endpoint} if endpoint else {})}
    if is_public:
        options["skip_signature"] = True
    else:
        options["credential_provider"] = _fresh(credentials)
    return ObstoreBucket(S3Store(place.bucket, client_options=_client(endpoint), retry_config=RETRY, **options))


def azure_bucket(place: Place) -> ObstoreBucket:
    """Open a container with a connection string, else with what obstore finds in the AZURE_* variables or around.

    Those are: account key, client secret, federated token (workload identity), shared access signature, the command
    line's login, managed identity.
    """
    parts = _connection_string()
    account = place.account or parts.get("accountname")
    account = account or os.environ.get("AZURE_STORAGE_ACCOUNT_NAME") or os.environ.get("AZURE_STORAGE_ACCOUNT")
    if not account:
        raise BucketError(
            "refused", "the storage account is named neither in the uri nor in AZURE_STORAGE_ACCOUNT_NAME"
        )
    options: dict[str, Any] = {"account_name": account}
    endpoint = os.environ.get("AZURE_STORAGE_ENDPOINT")
    if parts.get("accountname", account) == account:
        endpoint = parts.get("blobendpoint") or endpoint
        options |= {"account_key": parts["accountkey"]} if "accountkey" in parts else {}
        options |= {"sas_key": parts["sharedaccesssignature"]} if "sharedaccesssignature" in parts else {}
    if endpoint:
        options["endpoint"] = endpoint.rstrip("/")
    return ObstoreBucket(AzureStore(place.bucket, client_options=_client(endpoint), retry_config=RETRY, **options))


def _client(endpoint: str | None) -> dict[str, Any]:
    return {**CLIENT, "allow_http": bool(endpoint and endpoint.startswith("http://"))}


def _fresh(credentials: Any) -> Callable[[], dict[str, Any]]:  # noqa: ANN401  (botocore's, refreshed by botocore)
    def provide() -> dict[str, Any]:
        now = credentials.get_frozen_credentials()
        keys = {"access_key_id": now.access_key, "secret_access_key": now.secret_key, "token": now.token}
        return {**keys, "expires_at": datetime.now(UTC) + _CREDENTIALS_LAST}

    return provide


def _region_of(bucket: str, endpoint: str) -> str | None:
    """Ask where a bucket is: S3 tells everybody, and refuses requests that are signed for another region."""
    request = urllib.request.Request(f"{endpoint}/{bucket}", method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.headers.get("x-amz-bucket-region")
    except urllib.error.HTTPError as error:
        return error.headers.get("x-amz-bucket-region")
    except (OSError, ValueError):
        return None


def _connection_string() -> dict[str, str]:
    pairs = [part.partition("=") for part in os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "").split(";")]
    parts = {key.strip().lower(): value.strip() for key, _, value in pairs if value}
    if "accountname" in parts and "blobendpoint" not in parts and "endpointsuffix" in parts:
        protocol = parts.get("defaultendpointsprotocol", "https")
        parts["blobendpoint"] = f"{protocol}://{parts['accountname']}.blob.{parts['endpointsuffix']}"
    return parts


def _stamp(item: dict[str, Any]) -> str:
    """Give the etag, which a listing writes without quotes on Azure, else the time of the last change."""
    return (item.get("e_tag") or "").strip('"') or f"at {item['last_modified']:%Y-%m-%dT%H:%M:%S.%f}"


def _told(error: Exception) -> BucketError:
    """Find the reason in the error; its words hold times and ids, which differ from run to run, so few are kept."""
    text = str(error)
    status, code = _STATUS.search(text), _CODE.search(text)
    detail = " ".join(filter(None, [status and f"HTTP {status.group(1)}", code and code.group(1)]))
    number = status.group(1) if status else ""
    if isinstance(error, PreconditionError) or number == "412":
        return BucketError("changed")
    if isinstance(error, InvalidPathError):
        return BucketError("name", f"an object's name is not supported: {text.splitlines()[0][:200]}")
    if isinstance(error, (PermissionDeniedError, UnauthenticatedError)) or number in _REFUSED:
        return BucketError("refused", detail)
    if isinstance(error, FileNotFoundError) or number in _MISSING:
        return BucketError("missing", detail)
    if number in ("301", "307", "308"):
        return BucketError("refused", f"{detail}: the bucket is in another region; set AWS_REGION to it")
    if "169.254.169.254" in text:
        return BucketError("refused", "no credentials are found on this machine")
    if detail:
        return BucketError("broken", detail)
    is_slow = "timed out" in text.lower() or "timeout" in text.lower()
    return BucketError("broken", "no answer within the time limit" if is_slow else "no connection, or it breaks off")
