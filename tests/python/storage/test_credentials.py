"""Credentials come from where the cloud's own tools look for them, and their lack is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .standins import AzureBlob, without_clouds
from .test_remote import bill, only_message, remote

if TYPE_CHECKING:
    from pathlib import Path

    from tests.python.landing.world import World

    from .standins import StandIn


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away all that could name a cloud."""
    for variable, value in without_clouds().items():
        monkeypatch.setenv(variable, value)
        if not value:
            monkeypatch.delenv(variable)


def test_a_profile_of_aws_is_enough(world: World, s3: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put("profile/bill.csv.gz", bill("a"))
    remote(world, s3.uri("profile"))
    endpoint = s3.env["AWS_ENDPOINT_URL"]
    for variable in s3.env:
        monkeypatch.delenv(variable)
    assert "no AWS credentials are found" in only_message(world.land())
    (tmp_path / "config").write_text(f"[profile billing]\nregion = eu-west-1\nendpoint_url = {endpoint}\n")
    (tmp_path / "keys").write_text("[billing]\naws_access_key_id = somebody\naws_secret_access_key = something\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("AWS_PROFILE", "billing")
    assert len(world.land().new) == 1


def test_a_profile_that_does_not_exist_is_said(world: World, s3: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    remote(world, s3.uri("profile"))
    monkeypatch.setenv("AWS_PROFILE", "nobodys")
    message = only_message(world.land())
    assert "nobodys" in message
    assert "AWS_PROFILE" in message


@pytest.mark.usefixtures("bare_machine")
def test_google_without_credentials_says_how_to_get_some(world: World) -> None:
    remote(world, "gs://bills/folder")
    message = only_message(world.land())
    for words in ("gs://bills/folder", "no Google credentials are found", "gcloud auth application-default login"):
        assert words in message, message


@pytest.mark.usefixtures("bare_machine")
def test_azure_without_an_account_says_where_to_name_it(world: World) -> None:
    remote(world, "az://bills/folder")
    assert "AZURE_STORAGE_ACCOUNT_NAME" in only_message(world.land())


def test_a_wrong_key_of_azure_is_refused(
    running: dict[str, StandIn], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from .conftest import use  # noqa: PLC0415

    azure = use("az", running, monkeypatch)
    right = azure.env["AZURE_STORAGE_CONNECTION_STRING"]
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", right.replace(AzureBlob.key, "d3Jvbmc="))
    remote(world, azure.uri("folder"))
    message = only_message(world.land())
    for words in ("HTTP 403", "is refused", "Storage Blob Data Reader"):
        assert words in message, message


def test_a_short_azure_uri_takes_the_account_from_the_environment(
    running: dict[str, StandIn], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from .conftest import use  # noqa: PLC0415

    azure = use("az", running, monkeypatch)
    azure.put("short/bill.csv.gz", bill("a"))
    remote(world, "az://bills/short")
    assert len(world.land().new) == 1
