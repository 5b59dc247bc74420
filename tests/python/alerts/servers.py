"""Servers of this machine that behave as the world does: one answers, one fails first, one hangs, one sends elsewhere.

Belongs here: what they do with a request. Does not belong here: what is expected of whoever calls them.
"""

from __future__ import annotations

import datetime as dt
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Web:
    """What a server was sent, and what it answers: one status after the other, the last one from then on."""

    answers: list[int]
    url: str = ""
    location: str = ""
    wait: float = 0.0
    """Seconds between the bytes of an answer that never ends; 0 answers at once."""
    bodies: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def web_server(*answers: int, location: str = "", wait: float = 0.0) -> Iterator[Web]:
    """Run a web server that gives these answers."""
    web = Web(list(answers) or [200], location=location, wait=wait)
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            web.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if web.wait:
                self._drip()
                return
            status = web.answers.pop(0) if len(web.answers) > 1 else web.answers[0]
            self.send_response(status)
            if web.location:
                self.send_header("Location", web.location)
            self.end_headers()

        def _drip(self) -> None:
            """Send a byte now and then, as a server does that keeps every timeout of a socket awake."""
            try:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not over.is_set():
                    over.wait(web.wait)
                    self.wfile.write(b".")
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    web.url = f"http://127.0.0.1:{server.server_port}/services/T0/SECRET"
    try:
        yield web
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def nobody() -> str:
    """Give a URL at which nobody listens."""
    return f"http://127.0.0.1:{_free_port()}/SECRET"


@dataclass
class Post:
    """A mail server's mailbox."""

    port: int = 0
    ca_file: Path = Path()
    mails: list[Any] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def mail_server(folder: Path, accepted: str) -> Iterator[Post]:
    """Run a mail server that asks for STARTTLS and a login with the accepted word."""
    post = Post(ca_file=folder / "ca.pem")
    context = _certificate(folder)

    class Handler:
        async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
            post.mails.append(envelope)
            return "250 taken"

    def authenticate(*call: object) -> AuthResult:
        login = call[-1]
        assert isinstance(login, LoginPassword)
        post.logins.append((login.login.decode(), login.password.decode()))
        return AuthResult(success=login.password.decode() == accepted, handled=False)

    controller = Controller(
        Handler(),
        hostname="127.0.0.1",
        port=_free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    controller.start()
    post.port = controller.port
    try:
        yield post
    finally:
        controller.stop()


@contextmanager
def silent_server() -> Iterator[int]:
    """Listen at a port, take every connection and never say anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _certificate(folder: Path) -> ssl.SSLContext:
    """Make a certificate of localhost that signs itself; `ca.pem` in the folder trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    clear = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, clear)
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context
