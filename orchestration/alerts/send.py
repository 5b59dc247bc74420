"""Sending one message: over HTTPS or SMTP, within a time, tried again where that may help.

An error never repeats an address: the URL of a webhook is a secret. Redirects are not followed, so a message goes to
the configured host and to no other.
"""

from __future__ import annotations

import smtplib
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from orchestration.alerts.channels import Channel

_AGAIN = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class Patience:
    """How long to wait: for one attempt, between attempts (doubled each time), and for everything together."""

    attempt_seconds: float = 10.0
    pause_seconds: float = 1.0
    attempts: int = 3
    total_seconds: float = 60.0


class _Refused(Exception):  # noqa: N818
    """The other side said no. `again` tells whether to ask once more."""

    def __init__(self, message: str, *, again: bool) -> None:
        super().__init__(message)
        self.again = again


def send(channel: Channel, message: dict[str, Any] | EmailMessage, patience: Patience, until: float) -> tuple[str, int]:
    """Send a message; returns what went wrong (empty if nothing) and how many attempts it took.

    `until` is the moment (of `time.monotonic`) at which nothing is waited for any longer.
    """
    once = _mail if isinstance(message, EmailMessage) else _post
    problem, attempts = "there was no time left", 0
    while attempts < patience.attempts:
        left = min(patience.attempt_seconds, until - time.monotonic())
        if left <= 0:
            break
        attempts += 1
        try:
            _within(left, lambda seconds=left: once(channel, message, seconds))
        except _Refused as error:
            problem = str(error)
            if not error.again:
                break
        else:
            return "", attempts
        pause = patience.pause_seconds * 2 ** (attempts - 1)
        if attempts < patience.attempts and time.monotonic() + pause < until:
            time.sleep(pause)
    return problem, attempts


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Wait for a call no longer than this: a server that sends a byte now and then would keep any socket awake."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - handed to the caller
            failed.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds + 0.5)
    if worker.is_alive():
        raise _Refused(f"no answer within {seconds:.0f} s", again=True)
    if failed:
        raise failed[0]


def _post(channel: Channel, message: dict[str, Any], seconds: float) -> None:
    try:
        with requests.post(channel.url, json=message, timeout=seconds, allow_redirects=False, stream=True) as response:
            status = response.status_code
    except requests.Timeout:
        raise _Refused(f"no answer within {seconds:.0f} s", again=True) from None
    except requests.exceptions.SSLError:
        raise _Refused("its certificate is not trusted", again=False) from None
    except requests.ConnectionError:
        raise _Refused("the connection was refused or broke", again=True) from None
    except (requests.RequestException, ValueError) as error:
        raise _Refused(f"the request failed ({type(error).__name__})", again=False) from None
    if 300 <= status < 400:
        raise _Refused(f"it answers with a redirect (HTTP {status}), which is not followed", again=False)
    if not 200 <= status < 300:
        raise _Refused(f"it answers with HTTP {status}", again=status in _AGAIN)


def _mail(channel: Channel, message: EmailMessage, seconds: float) -> None:
    try:
        context = ssl.create_default_context(cafile=channel.ca_file)
        if channel.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(channel.host, channel.port, timeout=seconds, context=context)
        else:
            server = smtplib.SMTP(channel.host, channel.port, timeout=seconds)
        with server:
            if channel.security == "starttls":
                server.starttls(context=context)
            if channel.user:
                server.login(channel.user, channel.password)
            refused = server.send_message(message, channel.sender, list(channel.recipients))
    except ssl.SSLError:
        raise _Refused("its certificate is not trusted", again=False) from None
    except smtplib.SMTPAuthenticationError:
        raise _Refused("it does not accept the user and password", again=False) from None
    except smtplib.SMTPNotSupportedError:
        raise _Refused("it offers no encryption or no login of the kind that is asked for", again=False) from None
    except smtplib.SMTPResponseException as error:
        raise _Refused(f"it answers with SMTP {error.smtp_code}", again=400 <= error.smtp_code < 500) from None
    except smtplib.SMTPRecipientsRefused:
        raise _Refused("it refuses every recipient", again=False) from None
    except smtplib.SMTPServerDisconnected as error:
        if isinstance(error.__context__, TimeoutError):
            raise _Refused(f"no answer within {seconds:.0f} s", again=True) from None
        raise _Refused("the connection broke", again=True) from None
    except TimeoutError:
        raise _Refused(f"no answer within {seconds:.0f} s", again=True) from None
    except (OSError, smtplib.SMTPException) as error:
        raise _Refused(f"the connection was refused or broke ({type(error).__name__})", again=True) from None
    if refused:
        raise _Refused(f"it refuses {len(refused)} of the recipients", again=False)
