"""Exports in object storage load as those in a folder do; what goes wrong on the way is one clear paragraph."""

from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING

import pytest

from orchestration.landing import reuse, take
from tests.python.landing.azure_world import ACTUAL
from tests.python.landing.azure_world import LINE as AZURE_LINE
from tests.python.landing.world import CUR2_LINE, FOCUS_LINE, csv_text, data_export

from .conftest import use

if TYPE_CHECKING:
    from orchestration.landing import LandingResult
    from tests.python.landing.world import World

    from .standins import StandIn


def remote(world: World, uri: str, fmt: str = "focus", name: str = "bills") -> None:
    """Name a source in object storage."""
    world.sources.append({"name": name, "format": fmt, "uri": uri})
    world.write_sources()


def bill(*resources: str) -> bytes:
    """Write a small bill, packed."""
    return gzip.compress(csv_text([{**FOCUS_LINE, "ResourceId": name} for name in resources]).encode(), mtime=0)


def only_message(result: LandingResult) -> str:
    """Give the one thing that went wrong."""
    outcomes = result.rejected + result.pending
    assert len(outcomes) == 1, outcomes
    assert "\n" not in outcomes[0].message
    return outcomes[0].message


def test_a_delivery_in_a_bucket_is_the_same_as_in_a_folder(world: World, cloud: StandIn) -> None:
    folder = world.source("aws_cur2", "local")
    data_export(folder, [CUR2_LINE], stamp="2026-08-20T10:00:00.000Z")
    cloud.put_tree(folder, "same/cur2")
    world.land()
    (local,) = world.ledger().of_source("local")
    world.sources = []  # the same files under two sources would count twice
    remote(world, cloud.uri("same/cur2"), "aws_cur2", "remote")
    world.land()
    (far,) = world.ledger().of_source("remote")
    assert (far.fingerprint, far.costs, far.provider_stamp) == (local.fingerprint, local.costs, local.provider_stamp)
    assert [file.origin for file in far.files] == [file.origin for file in local.files]


def test_what_is_known_by_its_listing_is_not_downloaded_again(world: World, cloud: StandIn) -> None:
    cloud.put("known/bill.csv.gz", bill("a"))
    remote(world, cloud.uri("known"))
    assert len(world.land().new) == 1
    cloud.gate.requests.clear()
    result = world.land()
    assert (len(result.unchanged), cloud.reads()) == (1, [])


def test_only_what_is_new_in_a_growing_folder_is_downloaded(world: World, cloud: StandIn) -> None:
    cloud.put("growing/1.csv.gz", bill("a"))
    cloud.put("growing/2.csv.gz", bill("b"))
    remote(world, cloud.uri("growing"))
    world.land()
    cloud.put("growing/2.csv.gz", bill("b", "c"))
    cloud.put("growing/3.csv.gz", bill("d"))
    cloud.gate.requests.clear()
    delivery = world.land().new[0].delivery
    assert [len(cloud.reads(f"{number}.csv.gz")) for number in (1, 2, 3)] == [0, 1, 1]
    assert delivery.row_count == 4
    linked = [(world.settings.raw_dir / delivery.raw_folder / file.path).stat().st_nlink for file in delivery.files]
    assert linked == [2, 1, 1]
    assert world.query("select count(distinct ResourceId) from finops_raw.focus") == [(4,)]


def test_another_version_of_the_code_reads_everything_again(
    world: World, s3: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.put("version/1.csv.gz", bill("a"))
    remote(world, s3.uri("version"))
    world.land()
    s3.put("version/2.csv.gz", bill("b"))
    s3.gate.requests.clear()
    monkeypatch.setattr(reuse, "code_version", lambda: "newer")
    world.land()
    assert len(s3.reads(".csv.gz")) == 2


def test_a_changed_object_is_a_new_delivery(world: World, cloud: StandIn) -> None:
    cloud.put("changed/bill.csv.gz", bill("a"))
    remote(world, cloud.uri("changed"))
    world.land()
    cloud.put("changed/bill.csv.gz", bill("b"))
    assert len(world.land().new) == 1


def test_names_with_blanks_and_signs_are_found(world: World, cloud: StandIn) -> None:
    name = "Reports of FOCUS/x=1 + 50%25/ü~(2)/bill #1.csv.gz"
    cloud.put(f"odd names/{name}", bill("a"))
    remote(world, cloud.uri("odd names"))
    world.land()
    assert [file.origin for file in world.ledger().deliveries[0].files] == [name]


def test_an_object_in_place_of_a_folder_is_no_file(world: World, cloud: StandIn) -> None:
    if cloud.scheme == "abfss":
        cloud.put("marked/2026", b"")  # Azure names its folders without a slash
    else:
        cloud.put("marked/", b"")
        cloud.put("marked/2026/", b"")
    cloud.put("marked/2026/bill.csv.gz", bill("a"))
    remote(world, cloud.uri("marked"))
    assert len(world.land().new) == 1


def test_a_neighbour_whose_name_begins_alike_is_not_read(world: World, cloud: StandIn) -> None:
    cloud.put("team/bill.csv.gz", bill("a"))
    cloud.put("team-old/bill.csv.gz", bill("b"))
    remote(world, cloud.uri("team"))
    world.land()
    assert world.ledger().deliveries[0].row_count == 1


def test_the_uri_may_name_one_object(world: World, cloud: StandIn) -> None:
    cloud.put("single/bill.csv.gz", bill("a"))
    cloud.put("single/other.csv.gz", bill("b"))
    remote(world, cloud.uri("single/bill.csv.gz"))
    world.land()
    assert [file.origin for file in world.ledger().deliveries[0].files] == ["bill.csv.gz"]


def test_azure_exports_without_manifests_count_by_their_newest_object(
    running: dict[str, StandIn], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    azure = use("az", running, monkeypatch)
    folder = "costs/actualcost-export/20260801-20260831"
    for name, lines in (("export_bbbb.csv", [AZURE_LINE]), ("export_aaaa.csv", ACTUAL)):
        azure.put(f"{folder}/{name}", csv_text(lines).encode())
        time.sleep(1.1)  # the store tells whole seconds
    remote(world, azure.uri("costs"), "azure_cost")
    result = world.land()
    assert [outcome.delivery.files[0].origin.rsplit("/", 1)[-1] for outcome in result.new][-1] == "export_aaaa.csv"
    assert world.ledger().current().popitem()[1].files[0].origin.endswith("export_aaaa.csv")


def test_a_missing_bucket_is_said_and_others_load(world: World, cloud: StandIn) -> None:
    cloud.put("good/bill.csv.gz", bill("a"))
    remote(world, cloud.uri("x", "nowhere"))
    remote(world, cloud.uri("good"), name="good")
    result = world.land()
    message = only_message(result)
    for words in ("Source bills", "'nowhere'", cloud.uri("x", "nowhere"), "HTTP 404", "correct the uri"):
        assert words in message, message
    assert [outcome.source_name for outcome in result.new] == ["good"]


def test_a_bucket_that_refuses_is_said_and_the_last_good_delivery_stays(world: World, cloud: StandIn) -> None:
    cloud.put("refused/bill.csv.gz", bill("a"))
    remote(world, cloud.uri("refused"))
    world.land()
    cloud.gate.status = lambda _line: 403
    result = world.land()
    message = only_message(result)
    for words in ("Source bills", cloud.uri("refused"), "HTTP 403", "is refused", "the last good delivery stays"):
        assert words in message, message
    again = world.land()
    assert [outcome.is_new for outcome in again.rejected] == [False], "said once, not counted as new in every run"
    cloud.gate.status = lambda _line: None
    assert world.land().rejected == []
    assert world.ledger().rejections == []


def test_what_was_rejected_before_is_not_taken_for_gone_where_nothing_can_be_listed(world: World, s3: StandIn) -> None:
    s3.put("outage/bill.csv.gz", b"no gzip and no header of a bill")
    remote(world, s3.uri("outage"))
    first = world.land().rejected[0].message
    s3.gate.status = lambda _line: 403
    world.land()
    assert first in [rejection.message for rejection in world.ledger().rejections]
    s3.gate.status = lambda _line: None
    assert [(outcome.message, outcome.is_new) for outcome in world.land().rejected] == [(first, False)]


def test_a_bucket_without_an_answer_is_said(world: World, cloud: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)
    cloud.put("slow/bill.csv.gz", bill("a"))
    remote(world, cloud.uri("slow"))
    cloud.gate.status = lambda _line: 0
    message = only_message(world.land())
    for words in ("Source bills", cloud.uri("slow"), "cannot be read", "check the network"):
        assert words in message, message


def test_a_download_that_breaks_off_goes_on_where_it_stopped(
    world: World, cloud: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    monkeypatch.setattr(take, "CHUNK", 1000)
    content = bill(*(f"vm-{number * number}" for number in range(2000)))
    cloud.put("broken/bill.csv.gz", content)
    remote(world, cloud.uri("broken"))
    broken = iter([False, False, True])
    cloud.gate.ranges.clear()
    cloud.gate.keep = lambda line, length: length // 2 if "bill.csv" in line and next(broken, False) else length
    assert world.land().new[0].delivery.row_count == 2000
    asked = [start for start in cloud.gate.ranges if start in range(0, len(content), 1000)]
    assert asked.count(0) == asked.count(1000) == 1, "what had come before the break is not asked for again"
    assert len(asked) <= len(content) // 1000 + 2


def test_a_download_that_breaks_off_is_tried_again(
    world: World, cloud: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    cloud.put("again/bill.csv.gz", bill("a", "b"))
    remote(world, cloud.uri("again"))
    broken = iter([True, True])
    cloud.gate.keep = lambda line, length: length // 2 if "bill.csv" in line and next(broken, False) else length
    assert world.land().new[0].delivery.row_count == 2


def test_a_download_that_never_ends_well_is_rejected_until_it_does(
    world: World, cloud: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    cloud.put("never/bill.csv.gz", bill("a"))
    remote(world, cloud.uri("never"))
    cloud.gate.status = lambda line: 503 if "bill.csv" in line else None
    message = only_message(world.land())
    for words in ("Source bills", "'bill.csv.gz'", cloud.uri("never"), "HTTP 503", "The next run tries again"):
        assert words in message, message
    assert not list(world.settings.raw_dir.glob("*/*/*.parquet"))
    cloud.gate.status = lambda _line: None
    assert len(world.land().new) == 1


def test_an_object_that_changes_while_it_is_read_is_pending(world: World, cloud: StandIn) -> None:
    cloud.put("moving/a.csv.gz", bill("a"))
    remote(world, cloud.uri("moving"))
    contents = iter([bill("b"), bill("c")])
    rewrite(cloud, "moving/a.csv.gz", contents)
    result = world.land()
    assert "changed while it was copied" in result.pending[0].message
    assert (result.new, result.rejected) == ([], [])
    cloud.gate.after = lambda _line: None
    assert len(world.land().new) == 1


def rewrite(cloud: StandIn, name: str, contents) -> None:  # noqa: ANN001
    """Let the provider write the object anew right after it was listed."""

    def after(line: str) -> None:
        content = None if ".csv" in line else next(contents, None)
        if content:
            cloud.put(name, content)

    cloud.gate.after = after


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in earnest."""
    from datetime import timedelta  # noqa: PLC0415

    from orchestration.landing import buckets, google_bucket  # noqa: PLC0415

    second = timedelta(seconds=1)
    monkeypatch.setattr(buckets, "CLIENT", {"connect_timeout": second, "read_timeout": second, "timeout": second})
    backoff = {"init_backoff": timedelta(milliseconds=10), "max_backoff": timedelta(milliseconds=20), "base": 2}
    monkeypatch.setattr(buckets, "RETRY", {"max_retries": 1, "retry_timeout": second, "backoff": backoff})
    monkeypatch.setattr(google_bucket, "TIMEOUT", (1, 1))
    monkeypatch.setattr(google_bucket, "RETRY", google_bucket.DEFAULT_RETRY.with_timeout(1).with_delay(0.01, 0.02))
