"""The environment and `sources.yml`: defaults, and errors that name what is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.errors import FinopsError
from orchestration.places import Place
from orchestration.settings import NAMES, Settings
from orchestration.sources import Source, load_sources, load_sources_file


def test_defaults_stay_inside_the_project() -> None:
    settings = Settings.from_env({})
    assert settings.home == settings.project_dir / "warehouse"
    assert settings.sources_file == settings.project_dir / "sample_company/sources.yml"
    assert (settings.target, settings.strict, settings.raw_keep_days) == ("duckdb", False, 30)
    assert settings.build_db == settings.home / "build/warehouse.duckdb"


def test_foreign_sources_never_get_the_rules_of_the_sample_company(tmp_path: Path) -> None:
    env = {"FINOPS_SOURCES": str(tmp_path / "sources.yml")}
    settings = Settings.from_env(env)
    assert settings.rules_dir == settings.project_dir / "seeds/rules"
    (tmp_path / "rules").mkdir()
    assert Settings.from_env(env).rules_dir == tmp_path / "rules"
    (tmp_path / "mine").mkdir()
    assert Settings.from_env({**env, "FINOPS_RULES": str(tmp_path / "mine")}).rules_dir == tmp_path / "mine"


def test_relative_paths_are_relative_to_where_the_command_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_env({"FINOPS_HOME": "here"}).home == tmp_path / "here"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FINOPS_TARGET", "oracle"),
        ("FINOPS_STRICT", "maybe"),
        ("FINOPS_RAW_KEEP_DAYS", "-1"),
        ("FINOPS_LINE_TABLE_LIMIT", "many"),
        ("FINOPS_MEMORY_LIMIT", "lots"),
        ("FINOPS_THREADS", "0"),
        ("FINOPS_RULES", "/no/such/folder"),
    ],
)
def test_a_bad_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(FinopsError, match=f"{name} is '{value}'"):
        Settings.from_env({name: value})


def test_a_misspelled_name_is_refused_and_names_of_the_company_are_not() -> None:
    with pytest.raises(FinopsError, match=r"FINOPS_SOURCE is set, .* did you mean FINOPS_SOURCES\?"):
        Settings.from_env({"FINOPS_SOURCE": "sources.yml"})
    Settings.from_env({"FINOPS_SLACK_URL": "https://example.com", "FINOPS_ALERTS_URL": "https://example.com"})


def test_every_setting_that_is_read_anywhere_is_known_by_name() -> None:
    project = Settings.from_env({}).project_dir
    files = [*project.glob("orchestration/**/*.py"), *project.glob("macros/*.sql"), project / "profiles.yml.example"]
    read = {name for file in files for name in re.findall(r"""["']FINOPS_([A-Z_]+)["']""", file.read_text("utf-8"))}
    assert read == set(NAMES)


@pytest.mark.parametrize("home", ["a_file", "a_file/inside", "/proc/finops"])
def test_a_home_that_cannot_be_written_is_told(tmp_path: Path, home: str) -> None:
    (tmp_path / "a_file").touch()
    with pytest.raises(FinopsError, match=r"FINOPS_HOME is '.*', where nothing can be written: "):
        Settings.from_env({"FINOPS_HOME": str(tmp_path / home)}).make_home()


def load(folder: Path, text: str) -> list[Source]:
    """Write and read a `sources.yml`."""
    (folder / "sources.yml").write_text(text, encoding="utf-8")
    return load_sources(Settings.from_env({"FINOPS_SOURCES": str(folder / "sources.yml"), "FINOPS_HOME": "/home/f"}))


def test_uris_are_relative_to_the_file_or_to_the_home(tmp_path: Path) -> None:
    text = "sources: [{name: a, format: focus, uri: bills}, {name: b, format: focus, uri: '${FINOPS_HOME}/made'}]"
    assert load(tmp_path, text) == [
        Source("a", "focus", str(tmp_path / "bills")),
        Source("b", "focus", "/home/f/made"),
    ]


def test_what_is_to_be_simulated_comes_along(tmp_path: Path) -> None:
    text = "simulate: {seed: 7, out: '${FINOPS_HOME}/x'}\nsources: [{name: a, format: focus, uri: x}]"
    (tmp_path / "sources.yml").write_text(text)
    settings = Settings.from_env({"FINOPS_SOURCES": str(tmp_path / "sources.yml"), "FINOPS_HOME": "/home/f"})
    assert load_sources_file(settings).simulate == {"seed": 7, "out": "/home/f/x"}


def test_uris_of_object_storage_stay_as_they_are(tmp_path: Path) -> None:
    uris = ["s3://bills/cur/", "gs://bills", "abfss://exports@account.dfs.core.windows.net/cost", "az://exports/cost"]
    text = "".join(f"  - {{name: s{number}, format: focus, uri: '{uri}'}}\n" for number, uri in enumerate(uris))
    places = [source.place for source in load(tmp_path, f"sources:\n{text}")]
    assert places == [
        Place("s3", "bills", "cur"),
        Place("gs", "bills"),
        Place("az", "exports", "cost", "account"),
        Place("az", "exports", "cost"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sources: []", "no list under 'sources:'"),
        ("- a", "must hold a 'sources:' list"),
        ("sources: [", "cannot be read as YAML"),
        ("sources: [a]", "entry 1: an entry must be a mapping"),
        ("sources: [{name: a, format: focus}]", "entry 1: 'uri' is missing"),
        ("sources: [{name: A-1, format: focus, uri: x}]", "the name 'A-1' must be lower-case"),
        ("sources: [{name: a, format: focuss, uri: x}]", "unknown format 'focuss'; did you mean focus\\? It must be"),
        (
            "sources: [{name: a, format: focus, url: x}]",
            "entry 1: unknown key 'url'; an entry has name, format and uri",
        ),
        ("corrections: delta\nsources: [{name: a, format: focus, uri: x}]", "unknown key 'corrections'"),
        ("sources: [{name: a, format: excel, uri: x}]", "unknown format 'excel'; it must be one of: aws_cur2"),
        ("sources: [{name: a, format: focus, uri: x, color: red}]", "unknown key 'color'"),
        ("sources: [{name: a, format: focus, uri: 'ftp://b/x'}]", "'ftp://b/x' is neither a folder nor object storage"),
        ("sources: [{name: a, format: focus, uri: 's3://key:secret@b/x'}]", "holds credentials; leave them out"),
        ("sources: [{name: a, format: focus, uri: 'az://c/x?sig=y'}]", "signature"),
        ("sources: [{name: a, format: focus, uri: 'abfss://c@account/x'}]", "container@account.dfs.core.windows.net"),
        ("sources: [{name: a, format: focus, uri: 's3:///x'}]", "names no bucket"),
        ("sources: [{name: a, format: focus, uri: x}, {name: a, format: focus, uri: y}]", "entry 2.*used twice"),
        ("simulate: 7\nsources: [{name: a, format: focus, uri: x}]", "'simulate:' must be a mapping"),
    ],
)
def test_a_broken_sources_file_names_the_entry(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FinopsError, match=words):
        load(tmp_path, text)


def test_no_sources_file_names_the_variable(tmp_path: Path) -> None:
    with pytest.raises(FinopsError, match=r"FINOPS_SOURCES: '.*' is a folder; name the sources.yml in it"):
        load_sources(Settings.from_env({"FINOPS_SOURCES": str(tmp_path)}))
    with pytest.raises(FinopsError, match=r"FINOPS_SOURCES: there is no file"):
        load_sources(Settings.from_env({"FINOPS_SOURCES": str(tmp_path / "none.yml")}))


@pytest.mark.parametrize(
    ("first", "second", "how"),
    [
        ("bills", "./bills/", "the same place as"),
        ("bills", "bills/inner", "inside of"),
        ("bills/inner", "bills", "around"),
        ("bills", "link", "the same place as"),
        ("s3://bucket/bills", "s3a://bucket/bills/", "the same place as"),
        ("s3://bucket", "s3://bucket/bills", "inside of"),
    ],
)
def test_two_sources_of_bills_in_one_place_are_refused(tmp_path: Path, first: str, second: str, how: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "bills")
    text = "sources:\n- {{name: one, format: focus, uri: {}}}\n- {{name: two, format: {}, uri: {}}}\n"
    with pytest.raises(FinopsError, match=rf"entry 2 \(source two\): its uri .* is {how} that of source one"):
        load(tmp_path, text.format(first, "focus", second))
    assert len(load(tmp_path, text.format(first, "azure_cost", second))) == 2  # one container for all exports
    assert len(load(tmp_path, text.format(first, "invoices", second))) == 2  # facts may lie beside the bills
    assert len(load(tmp_path, text.format(first, "focus", "s3://other/bills_2"))) == 2


def test_a_place_with_a_longer_name_is_another_one(tmp_path: Path) -> None:
    text = "sources:\n- {name: one, format: focus, uri: bills}\n- {name: two, format: focus, uri: bills_2}\n"
    assert len(load(tmp_path, text)) == 2
