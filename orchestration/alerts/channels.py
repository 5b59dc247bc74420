"""Where alerts go: reading and checking `alerts.yml` beside `sources.yml`.

Addresses that are secrets (a webhook's URL, a password) are never in the file; it names the environment variable that
holds them. Sending is in `send.py`, what a message looks like in `messages.py`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

from orchestration.alert_kinds import kinds as known_kinds
from orchestration.errors import FinopsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.settings import Settings

WEBHOOKS = ("slack", "teams", "json")
KINDS = (*WEBHOOKS, "mail")
SEVERITIES = ("info", "warning", "critical")
SECURITY = {"starttls": 587, "tls": 465, "none": 25}
_COMMON = {"name", "kind", "minimum_severity", "alert_kinds"}
_FIELDS = {
    **dict.fromkeys(WEBHOOKS, _COMMON | {"url_env"}),
    "mail": _COMMON | {"host", "port", "security", "ca_file", "user_env", "password_env", "from", "to"},
}
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Channel:
    """One place where alerts are sent. What is secret in it is not shown by `repr`."""

    name: str
    kind: str
    minimum_severity: str = "warning"
    alert_kinds: tuple[str, ...] = ()
    """Only these kinds of alerts; all where it is empty."""
    url: str = field(default="", repr=False)
    url_env: str = ""
    host: str = ""
    port: int = 0
    security: str = "starttls"
    ca_file: str | None = None
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    sender: str = ""
    recipients: tuple[str, ...] = ()

    def takes(self, alert_kind: str, severity: str, channel: str | None) -> bool:
        """Tell whether an alert of this kind and severity goes here; `channel` is where a rule sends it."""
        if channel is not None and channel != self.name:
            return False
        if self.alert_kinds and alert_kind not in self.alert_kinds:
            return False
        return SEVERITIES.index(severity) >= SEVERITIES.index(self.minimum_severity)


def alerts_file(settings: Settings, environ: Mapping[str, str] | None = None) -> Path:
    """Name the file: FINOPS_ALERTS, else `alerts.yml` beside `sources.yml`."""
    env = os.environ if environ is None else environ
    named = env.get("FINOPS_ALERTS")
    return Path(named).absolute() if named else settings.sources_file.parent / "alerts.yml"


def load_channels(
    settings: Settings, environ: Mapping[str, str] | None = None, *, broken: list[str] | None = None
) -> list[Channel]:
    """Read the channels; none where there is no file. FinopsError names the entry and what to write instead.

    With `broken` that is put there instead, and the other channels are given.
    """
    env = os.environ if environ is None else environ
    path = alerts_file(settings, env)
    if not path.is_file():
        if env.get("FINOPS_ALERTS"):
            raise FinopsError(f"FINOPS_ALERTS names {path}, which is not there.")
        return []
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FinopsError(f"{path} is not YAML: {str(error).splitlines()[0]}.") from error
    entries = content.get("channels") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise FinopsError(f"{path}: there is no list under 'channels:'; each entry needs a name and a kind.")
    channels: list[Channel] = []
    for number, entry in enumerate(entries, start=1):
        try:
            channel = _channel(entry, f"{path}, channel {number}", env)
            if channel.name in {other.name for other in channels}:
                raise FinopsError(f"{path}, channel {number}: the name '{channel.name}' is used twice.")
        except FinopsError as error:
            if broken is None:
                raise
            broken.append(str(error))
        else:
            channels.append(channel)
    return channels


def _channel(entry: Any, where: str, env: Mapping[str, str]) -> Channel:  # noqa: ANN401 - whatever YAML gives
    if not isinstance(entry, dict) or not _NAME.fullmatch(str(entry.get("name", ""))):
        raise FinopsError(f"{where}: it needs a 'name' of small letters, digits, '-' and '_'.")
    kind = entry.get("kind")
    if kind not in KINDS:
        raise FinopsError(f"{where}: unknown kind '{kind}'; it must be one of: {', '.join(KINDS)}.")
    unknown = sorted(set(entry) - _FIELDS[kind])
    if unknown:
        raise FinopsError(
            f"{where}: a channel of kind {kind} has no '{unknown[0]}'; it may have: {', '.join(sorted(_FIELDS[kind]))}."
        )
    severity = entry.get("minimum_severity", "warning")
    if severity not in SEVERITIES:
        raise FinopsError(f"{where}: minimum_severity '{severity}' must be one of: {', '.join(SEVERITIES)}.")
    kinds = entry.get("alert_kinds") or []
    if not isinstance(kinds, list):
        raise FinopsError(f"{where}: alert_kinds must be a list such as [budget_over, anomaly].")
    odd = next((one for one in kinds if one not in known_kinds()), None)
    if odd is not None:
        raise FinopsError(f"{where}: unknown alert kind '{odd}'; the kinds are: {', '.join(known_kinds())}.")
    common = {"name": entry["name"], "kind": kind, "minimum_severity": severity, "alert_kinds": tuple(map(str, kinds))}
    if kind == "mail":
        return Channel(**common, **_mail(entry, where, env))
    variable = str(entry.get("url_env") or "")
    url = _secret(variable, "url_env", where, env)
    parts = urlsplit(url)
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE)):
        raise FinopsError(
            f"{where}: the environment variable {variable} does not hold a URL that begins with https://."
        )
    return Channel(**common, url=url, url_env=variable)


def _mail(entry: dict[str, Any], where: str, env: Mapping[str, str]) -> dict[str, Any]:
    recipients = entry.get("to")
    recipients = [recipients] if isinstance(recipients, str) else recipients
    host, sender, security = entry.get("host"), entry.get("from"), entry.get("security", "starttls")
    if not isinstance(host, str) or not host or not isinstance(sender, str) or not sender:
        raise FinopsError(f"{where}: mail needs a 'host' and a sender, 'from'.")
    if not isinstance(recipients, list) or not recipients or not all(isinstance(one, str) for one in recipients):
        raise FinopsError(f"{where}: mail needs recipients, 'to': [somebody@example.com].")
    if any(mark in address for address in (sender, *recipients) for mark in "\r\n") or "@" not in sender:
        raise FinopsError(f"{where}: 'from' and 'to' must be mail addresses, each on one line.")
    if str(security) not in SECURITY or (security == "none" and host not in _HERE):
        raise FinopsError(f"{where}: security must be starttls or tls; none is possible with a server on this machine.")
    ca_file = entry.get("ca_file")
    if ca_file is not None and not Path(str(ca_file)).is_file():
        raise FinopsError(
            f"{where}: ca_file '{ca_file}' is not there; name a file of trusted certificates, or leave it."
        )
    port = entry.get("port", SECURITY[security])
    if not isinstance(port, int) or not 0 < port < 65536:
        raise FinopsError(f"{where}: port '{port}' is no port number.")
    user, password = entry.get("user_env"), entry.get("password_env")
    if bool(user) != bool(password):
        raise FinopsError(f"{where}: user_env and password_env belong together; name both or none.")
    return {
        "host": host,
        "port": port,
        "security": security,
        "ca_file": ca_file,
        "user": _secret(str(user), "user_env", where, env) if user else "",
        "password": _secret(str(password), "password_env", where, env) if password else "",
        "sender": sender,
        "recipients": tuple(recipients),
    }


def _secret(variable: str, field_name: str, where: str, env: Mapping[str, str]) -> str:
    if not _VARIABLE.fullmatch(variable):
        # not repeated: it may be the secret itself
        raise FinopsError(
            f"{where}: '{field_name}' must be the name of an environment variable, never the secret itself."
        )
    value = env.get(variable, "").strip()
    if not value:
        raise FinopsError(f"{where}: the environment variable {variable} is not set.")
    return value
