"""Stand-ins of S3, Google Storage and Azure Blob on this machine, each with a bucket `bills`.

All listen on loopback only, on a free port; what is a process of its own is ended by its id. A `Gate` stands before
each of them, counts the requests and spoils those that a test wants spoiled.
"""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.environments import leave_out

PROJECT = Path(__file__).resolve().parents[3]
AZURITE = PROJECT / ".envs/azurite/node_modules/azurite/dist/src/blob/main.js"
BUCKET = "bills"

Spoil = Callable[[BaseHTTPRequestHandler], "bytes | int | None"]
"""Looks at a request; gives a status to answer with, the part of the body to break off after (bytes), or None."""


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gate:
    """A proxy on loopback: passes requests on, counts them, spoils some."""

    def __init__(self, port: int) -> None:
        """`port`: where the stand-in listens."""
        self.target = port
        self.requests: list[str] = []
        self.ranges: list[int] = []
        """The first byte that each reading of a part of an object asked for."""
        self.status: Callable[[str], int | None] = lambda _line: None
        """An HTTP status to answer a request line with, 0 for no answer at all, None to pass it on."""
        self.keep: Callable[[str, int], int] = lambda _line, length: length
        """How many bytes of an answer's body to pass on before the connection breaks."""
        self.after: Callable[[str], None] = lambda _line: None
        """Called after a request was answered."""
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                """Keep quiet."""

            def pass_on(self) -> None:
                gate.handle(self)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on  # noqa: N815

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        line = f"{request.command} {request.path}"
        self.requests.append(line)
        wanted = request.headers.get("Range") or request.headers.get("x-ms-range")
        if wanted:
            self.ranges.append(int(wanted.partition("=")[2].partition("-")[0]))
        status = self.status(line)
        if status is not None:
            if status == 0:
                time.sleep(3)
                return
            body = b"<Error><Code>Spoiled</Code><Message>as the test wants it</Message></Error>"
            request.send_response(status)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            if request.command != "HEAD":
                request.wfile.write(body)
            return
        content = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection("127.0.0.1", self.target, timeout=60)
        upstream.request(request.command, request.path, content or None, dict(request.headers))
        answer = upstream.getresponse()
        body = answer.read()
        request.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                request.send_header(name, value)
        length = answer.getheader("Content-Length") if request.command == "HEAD" else str(len(body))
        request.send_header("Content-Length", length or "0")
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body[: self.keep(line, len(body))])
        upstream.close()
        self.after(line)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class StandIn(ABC):
    """One cloud on this machine."""

    scheme: str
    gate: Gate

    @property
    @abstractmethod
    def env(self) -> dict[str, str]:
        """Give the variables by which the cloud's own tools would find it."""

    @abstractmethod
    def put(self, name: str, content: bytes) -> None:
        """Write an object."""

    @abstractmethod
    def stop(self) -> None:
        """End it."""

    def uri(self, folder: str = "", bucket: str = BUCKET) -> str:
        """Write what stands in `sources.yml`."""
        return f"{self.scheme}://{bucket}/{folder}".rstrip("/")

    def put_tree(self, root: Path, folder: str) -> None:
        """Write all files of a folder of this machine."""
        for path in sorted(root.rglob("*")):
            if path.is_file():
                self.put(f"{folder}/{path.relative_to(root).as_posix()}", path.read_bytes())

    def reads(self, word: str = "") -> list[str]:
        """List the requests that read an object whose name holds the word."""
        return [line for line in self.gate.requests if line.startswith("GET ") and self._is_read(line) and word in line]

    def _is_read(self, line: str) -> bool:
        return "?" not in line


class S3(StandIn):
    """moto's server."""

    scheme = "s3"

    def __init__(self) -> None:
        """Start it in a thread, and make the bucket."""
        from moto.server import ThreadedMotoServer  # noqa: PLC0415

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        port = self._server.get_host_and_port()[1]
        self.gate = Gate(port)
        self._direct = f"http://127.0.0.1:{port}/{BUCKET}"
        self._write("")

    @property
    def env(self) -> dict[str, str]:
        """AWS's variables."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.gate.port}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
        }

    def put(self, name: str, content: bytes) -> None:
        """Write an object past the gate."""
        self._write(f"/{quote(name)}", content)

    def _write(self, path: str, content: bytes = b"") -> None:
        """Send a request with a signature; moto asks for one and does not verify it."""
        scope = "Credential=nobody/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
        _put(self._direct + path, content, headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}"})

    def stop(self) -> None:
        """End the thread."""
        self.gate.close()
        self._server.stop()


class GoogleStorage(StandIn):
    """gcp-storage-emulator, in memory."""

    scheme = "gs"

    def __init__(self) -> None:
        """Start it in a thread."""
        from gcp_storage_emulator.server import create_server  # noqa: PLC0415

        port = free_port()
        self._server = create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET)
        self._server.start()
        self.gate = Gate(port)
        self._direct = f"http://127.0.0.1:{port}/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name="

    @property
    def env(self) -> dict[str, str]:
        """The variable that Google's clients read."""
        return {"STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{self.gate.port}"}

    def put(self, name: str, content: bytes) -> None:
        """Write an object past the gate."""
        if content:
            _put(self._direct + quote(name, safe=""), content, "POST")
        else:  # which the emulator takes only from its own client
            from google.cloud import storage  # noqa: PLC0415

            storage.Client(project=None).bucket(BUCKET).blob(name).upload_from_string(content)

    def stop(self) -> None:
        """End the thread."""
        self.gate.close()
        self._server.stop()

    def _is_read(self, line: str) -> bool:
        return "alt=media" in line


class AzureBlob(StandIn):
    """azurite, in memory, a process of its own."""

    scheme = "abfss"
    account = "devstoreaccount1"
    key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

    def __init__(self) -> None:
        """Start it, wait until it listens, and make the container."""
        self._port = free_port()
        options = ["--blobHost", "127.0.0.1", "--blobPort", str(self._port), "--inMemoryPersistence"]
        options += ["--skipApiVersionCheck", "--silent", "--disableTelemetry"]
        self._process = subprocess.Popen(
            [shutil.which("node") or "node", str(AZURITE), *options], stdout=subprocess.DEVNULL
        )
        _wait_for(self._port, self._process)
        self.gate = Gate(self._port)
        self._request("PUT", f"/{BUCKET}", {"restype": "container"})

    @property
    def env(self) -> dict[str, str]:
        """The variable that Azure's tools read."""
        endpoint = f"BlobEndpoint=http://127.0.0.1:{self.gate.port}/{self.account}"
        text = f"DefaultEndpointsProtocol=http;AccountName={self.account};AccountKey={self.key};{endpoint};"
        return {"AZURE_STORAGE_CONNECTION_STRING": text}

    def uri(self, folder: str = "", bucket: str = BUCKET) -> str:
        """Name the account, as Azure's own uris do."""
        return f"abfss://{bucket}@{self.account}.dfs.core.windows.net/{folder}".rstrip("/")

    def put(self, name: str, content: bytes) -> None:
        """Write an object past the gate."""
        self._request("PUT", f"/{BUCKET}/{quote(name)}", {}, content, {"x-ms-blob-type": "BlockBlob"})

    def stop(self) -> None:
        """End the process."""
        self.gate.close()
        self._process.terminate()
        self._process.wait(timeout=20)

    def _request(
        self, method: str, path: str, query: dict[str, str], content: bytes = b"", more: dict[str, str] | None = None
    ) -> None:
        """Send a request signed with the shared key."""
        ours = {"x-ms-version": "2021-08-06", "x-ms-date": email.utils.formatdate(usegmt=True), **(more or {})}
        headers = "".join(f"{name}:{value}\n" for name, value in sorted(ours.items()))
        resource = f"/{self.account}/{self.account}{path}" + "".join(f"\n{k}:{v}" for k, v in sorted(query.items()))
        length = str(len(content)) if content else ""
        text = "\n".join([method, "", "", length, "", "application/octet-stream", *[""] * 6]) + f"\n{headers}{resource}"
        digest = hmac.new(base64.b64decode(self.key), text.encode(), hashlib.sha256).digest()
        ours["Authorization"] = f"SharedKey {self.account}:{base64.b64encode(digest).decode()}"
        url = f"http://127.0.0.1:{self._port}/{self.account}{path}?" + "&".join(f"{k}={v}" for k, v in query.items())
        _put(url.rstrip("?"), content, method, ours)


def leave_out_where_missing(cloud: str) -> None:
    """Leave a test out whose stand-in is not there: Azure's is a Node program, and Node itself is no part of us."""
    if cloud != "az" or (AZURITE.exists() and shutil.which("node")):
        return
    if not (shutil.which("node") and shutil.which("npm")):
        # The one thing that the project's own files cannot install, so that it is left out in CI too.
        pytest.skip("node or npm is missing on this machine, and the project cannot install them; azurite needs both")
    leave_out("azurite is not installed although node and npm are there; `make azurite` sets it up, or says why not")


STANDINS: dict[str, type[StandIn]] = {"s3": S3, "gs": GoogleStorage, "az": AzureBlob}


def without_clouds() -> dict[str, str]:
    """Give the environment of a machine that knows no cloud; nothing of the developer's own must be used by a test."""
    names = [name for name in os.environ if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "STORAGE_"))]
    nowhere = "/nonexistent/credentials"
    fixed = {
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_GCE_CHECK": "true",
        "CLOUDSDK_CONFIG": nowhere,
    }
    return {**dict.fromkeys(names, ""), **fixed}


def _put(url: str, content: bytes, method: str = "PUT", headers: dict[str, str] | None = None) -> None:
    kind = {"Content-Type": "application/octet-stream"}
    request = urllib.request.Request(url, data=content, method=method, headers={**kind, **(headers or {})})
    with urllib.request.urlopen(request, timeout=30):
        pass


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = f"azurite does not listen on port {port}"
    raise RuntimeError(message)
