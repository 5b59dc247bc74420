"""`alerts.yml` says where alerts go and never holds a secret; a mistake in it is said, and blocks nothing."""

from __future__ import annotations

import pytest

from orchestration.alerts.channels import load_channels
from orchestration.errors import FinopsError

from .conftest import Home

MAIL = {"name": "post", "kind": "mail", "host": "smtp.example.com", "from": "a@example.com", "to": ["b@example.com"]}


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ({"kind": "pager"}, "unknown kind 'pager'; it must be one of: slack, teams, json, mail."),
        ({"kind": "slack"}, "'url_env' must be the name of an environment variable, never the secret itself."),
        ({"kind": "slack", "url_env": "NOT_SET"}, "the environment variable NOT_SET is not set."),
        ({"kind": "slack", "webhook": "x"}, "a channel of kind slack has no 'webhook'"),
        ({"kind": "slack", "url": "http://example.com/hook"}, "does not hold a URL that begins with https://."),
        ({"kind": "slack", "url": "ftp://example.com/hook"}, "does not hold a URL that begins with https://."),
        ({"kind": "json", "url": "https://a.example", "minimum_severity": "loud"}, "minimum_severity 'loud'"),
        ({"kind": "json", "url": "https://a.example", "alert_kinds": ["anomoly"]}, "unknown alert kind 'anomoly'"),
        (MAIL | {"ca_file": "/nowhere.pem"}, "ca_file '/nowhere.pem' is not there"),
        (MAIL | {"security": ["tls"]}, "security must be starttls or tls"),
        (MAIL | {"to": []}, "mail needs recipients"),
        (MAIL | {"security": "none"}, "security must be starttls or tls"),
        (MAIL | {"port": 0}, "port '0' is no port number."),
        (MAIL | {"user_env": "SOMEBODY"}, "user_env and password_env belong together"),
        (MAIL | {"from": "a@example.com\nBcc: c@example.com"}, "each on one line"),
        ({"name": "Not a name", "kind": "json"}, "it needs a 'name'"),
    ],
)
def test_a_mistake_is_named(home: Home, channel: dict, said: str) -> None:
    home.channels(channel)
    with pytest.raises(FinopsError) as caught:
        load_channels(home.settings)
    assert said in str(caught.value)
    assert "alerts.yml, channel 1" in str(caught.value)


def test_a_url_that_stands_in_the_file_is_not_repeated(home: Home) -> None:
    home.channels({"kind": "slack", "url_env": "https://hooks.example.com/SECRET"})
    (problem,) = home.deliver()
    assert "SECRET" not in problem
    assert "never the secret itself" in problem


def test_secrets_are_not_shown(home: Home) -> None:
    home.channels({"kind": "slack", "url": "https://hooks.example.com/SECRET"})
    (channel,) = load_channels(home.settings)
    assert "SECRET" not in repr(channel)
    assert channel.url.endswith("SECRET")


def test_two_channels_of_one_name_are_refused(home: Home) -> None:
    one = {"name": "one", "kind": "json", "url": "https://a.example"}
    home.channels(one, one)
    with pytest.raises(FinopsError, match="the name 'one' is used twice"):
        load_channels(home.settings)


def test_without_a_file_there_are_no_channels(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_channels(home.settings) == []
    monkeypatch.setenv("FINOPS_ALERTS", "/nowhere/alerts.yml")
    with pytest.raises(FinopsError, match=r"/nowhere/alerts.yml, which is not there"):
        load_channels(home.settings)
