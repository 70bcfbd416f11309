"""What goes wrong at the command line is one sentence and a code that is not zero; nothing is written."""

import os
from pathlib import Path

import pytest

from serp_radio_pipeline.ingest.demo_series import generate_export_csv
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.episodes import SUNDAY, metrics_of

CHART = generate_export_csv(metrics_of("four weeks").rows)
HEADER = b"Date,Clicks,Impressions,CTR,Position\n"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def acme(serp_radio: SerpRadio, work: Path) -> SerpRadio:
    """The command line on a store in which acme has four weeks of data."""
    (work / "Chart.csv").write_bytes(CHART)
    assert serp_radio("upload", "acme", "Chart.csv").code == 0
    return serp_radio


def state_of(tmp_path: Path) -> dict[str, tuple[int, int]]:
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


BAD_FILES = {
    "empty": (b"", "is empty"),
    "header alone": (HEADER.rstrip(), "no days"),
    "one day": (HEADER + b"2026-03-23,9,90,10%,5", "a single day"),
    "blank days": (HEADER + b"\n".join(b"2026-03-%02d,,,," % day for day in range(1, 20)), ""),
    "prose": (b"Dear all,\nplease find the numbers attached.\n", "no daily table"),
    "a broken zip": (b"PK\x03\x04 and nothing more", "archive"),
    "a future date": (CHART + b"\n2199-01-01,1,10,10%,5", "future"),
    "negative clicks": (CHART + b"\n2026-03-23,-1,10,10%,5", ""),
    "a fraction of a click": (CHART + b"\n2026-03-23,1.5,10,15%,5", ""),
    "a day twice, differently": (CHART + b"\n2026-03-22,99999,999999,10%,5", "2026-03-22"),
    "binary": (bytes(range(256)) * 40, ""),
}


@pytest.mark.parametrize("case", sorted(BAD_FILES))
def test_a_file_that_cannot_be_used_is_refused_by_inspect_and_upload_alike(
    acme: SerpRadio, work: Path, tmp_path: Path, case: str
) -> None:
    content, reason = BAD_FILES[case]
    (work / "bad.csv").write_bytes(content)
    before = state_of(tmp_path)
    inspected, uploaded = acme("inspect", "bad.csv"), acme("upload", "acme", "bad.csv")
    assert (inspected.code, inspected.out) == (1, "")
    assert (uploaded.code, uploaded.out) == (1, "")
    assert inspected.sentence == uploaded.sentence
    assert inspected.sentence.startswith("bad.csv")
    assert reason in inspected.sentence
    assert state_of(tmp_path) == before


@pytest.mark.parametrize("command", [("inspect",), ("upload", "acme"), ("decode",)])
@pytest.mark.parametrize("file", ["nowhere.csv", ".", "..", "", "/dev/zero", "x" * 5000, "a\nb.csv", "\x1b[31mred.csv"])
def test_what_is_no_file_is_refused_by_its_path(
    serp_radio: SerpRadio, tmp_path: Path, work: Path, command: tuple[str, ...], file: str
) -> None:
    answer = serp_radio(*command, file)
    assert (answer.code, answer.out) == (1, "")
    assert "is not a file: check the path." in answer.sentence or "File name too long" in answer.sentence
    assert answer.sentence.isprintable()
    assert state_of(tmp_path) == {}


def test_a_file_over_the_limit_is_refused_by_its_size_before_it_is_read(
    serp_radio: SerpRadio, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_bytes(path: Path) -> bytes:
        raise AssertionError(f"{path} was read")

    with (work / "huge.csv").open("wb") as file:
        file.truncate(3 * 2**30)
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    for command in (("inspect",), ("upload", "acme"), ("decode",)):
        answer = serp_radio(*command, "huge.csv")
        assert (answer.code, answer.out) == (1, "")
        assert "huge.csv has 3,221,225,472 bytes and the limit is 209,715,200" in answer.sentence
    assert list(state_of(tmp_path)) == [str(work / "huge.csv")]


def test_the_limit_is_a_setting(serp_radio: SerpRadio, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERP_RADIO_MAX_UPLOAD_MB", "1")
    (work / "large.csv").write_bytes(b"x" * (2**20 + 1))
    assert "the limit is 1,048,576" in serp_radio("inspect", "large.csv").sentence


def test_a_file_whose_name_is_no_text_is_uploaded_or_refused_like_any_other(acme: SerpRadio, work: Path) -> None:
    names = [os.fsdecode(b"caf\xe9.csv"), os.fsdecode(b"caf\xe9-2.csv")]
    try:
        for name, content in zip(names, (CHART, b"nothing"), strict=True):
            (work / name).write_bytes(content)
    except OSError:
        pytest.skip("this file system takes only text for names")
    assert acme("upload", "acme", names[0]).code == 0
    assert acme("inspect", names[0]).code == 0
    refused = acme("upload", "acme", names[1])
    assert refused.code == 1
    assert refused.sentence


def test_another_property_is_not_added_to_a_tenants_series(serp_radio: SerpRadio, work: Path, tmp_path: Path) -> None:
    for site in ("acme", "rival"):
        (work / f"{site}.example-Performance-on-Search-2026-03-25.csv").write_bytes(CHART)
    files = sorted(work.iterdir())
    assert serp_radio("upload", "acme", files[0]).code == 0
    before = state_of(tmp_path)
    answer = serp_radio("upload", "acme", files[1])
    assert answer.code == 1
    assert "sc-domain:rival.example" in answer.sentence
    assert state_of(tmp_path) == before


@pytest.mark.parametrize("tenant", ["Acme", "a|b", "../x", "a b", "", "-a", "tenants/acme", "acme\n"])
@pytest.mark.parametrize("command", ["upload", "sonify"])
def test_a_tenant_that_is_no_slug_is_refused(
    serp_radio: SerpRadio, work: Path, tmp_path: Path, tenant: str, command: str
) -> None:
    (work / "Chart.csv").write_bytes(CHART)
    words = [command, *(["Chart.csv"] if command == "upload" else [])]
    answer = serp_radio(words[0], "--", tenant, *words[1:])
    assert (answer.code, answer.out) == (1, "")
    assert "is not a tenant name: use 1 to 63 lower-case letters" in answer.sentence
    assert list(state_of(tmp_path)) == [str(work / "Chart.csv")]


def test_a_tenant_without_uploads_is_told_how_to_add_one(serp_radio: SerpRadio, tmp_path: Path) -> None:
    answer = serp_radio("sonify", "acme")
    assert (answer.code, answer.out) == (1, "")
    assert "add one with 'serp-radio upload acme FILE'" in answer.sentence
    assert state_of(tmp_path) == {}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--date", "yesterday"], "'yesterday' is not a date: write it as 2026-03-31."),
        (["--date", "2026-02-30"], "is not a date"),
        (["--date", "2022-12-31"], "2022-12-31 is outside the days that can be made, 2023-01-01 to "),
        (["--date", "2199-01-01"], "2199-01-01 is outside the days that can be made"),
        (["--lookback", "14w"], "A lookback of 14w is 98 days, but an episode holds at most 13 weeks"),
        (["--lookback", "4m"], "at most 13 weeks"),
        (["--lookback", "999d"], "at most 13 weeks"),
        (["--lookback", "0d"], "'0d' is not a lookback"),
        (["--lookback", "a while"], "'a while' is not a lookback"),
        (["--lookback", "٨w"], "is not a lookback"),
        (["--pack", "polka"], "There is no sound pack 'polka': choose one of "),
        (["--pack", "../packs/newsroom"], "There is no sound pack"),
    ],
)
def test_an_episode_that_cannot_be_made_is_refused_before_any_run(
    acme: SerpRadio, tmp_path: Path, options: list[str], reason: str
) -> None:
    before = state_of(tmp_path)
    answer = acme("sonify", "acme", *options)
    assert (answer.code, answer.out) == (1, "")
    assert reason in answer.sentence
    assert state_of(tmp_path) == before


@pytest.mark.parametrize("content", [b"", CHART, b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0", b"MThd" + bytes(99)])
def test_what_is_no_episodes_midi_is_not_decoded(serp_radio: SerpRadio, work: Path, content: bytes) -> None:
    (work / "song.mid").write_bytes(content)
    answer = serp_radio("decode", "song.mid")
    assert (answer.code, answer.out) == (1, "")
    assert answer.sentence.startswith("song.mid")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["sing"], "No such command 'sing'"),
        (["inspect"], "Missing argument"),
        (["upload", "acme"], "Missing argument"),
        (["sonify", "acme", "--speed", "2"], "No such option"),
        (["tenants", "acme"], "unexpected extra argument"),
        (["dev", "--port", "many"], "valid integer"),
        (["dev", "--port", "70000"], "--port"),
    ],
)
def test_a_wrong_call_is_one_sentence_too(serp_radio: SerpRadio, words: list[str], reason: str) -> None:
    answer = serp_radio(*words)
    assert (answer.code, answer.out) == (2, "")
    assert reason in answer.sentence
    assert "'serp-radio --help'" in answer.sentence


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SERP_RADIO_START_DATE", "soon"),
        ("SERP_RADIO_MAX_UPLOAD_MB", "-5"),
        ("SERP_RADIO_STORE", "ftp://host/x"),
        ("SERP_RADIO_RULES", "/nowhere"),
    ],
)
@pytest.mark.parametrize("words", [["tenants"], ["doctor"], ["demo"], ["sonify", "acme"]])
def test_a_setting_that_cannot_be_used_is_named(
    serp_radio: SerpRadio, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: list[str]
) -> None:
    monkeypatch.setenv(variable, value)
    answer = serp_radio(*words)
    assert (answer.code, answer.out) == (1, "")
    assert answer.sentence.startswith(variable)


def test_a_store_that_cannot_be_written_is_a_sentence(
    serp_radio: SerpRadio, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "Chart.csv").write_bytes(CHART)
    monkeypatch.setenv("SERP_RADIO_STORE", str(work / "Chart.csv"))
    answer = serp_radio("upload", "acme", "Chart.csv")
    assert answer.code == 1
    assert "can't be written" in answer.sentence
    assert "FAIL  store" in serp_radio("doctor").out


def test_a_home_that_cannot_be_written_is_a_sentence(
    acme: SerpRadio, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(work / "Chart.csv"))
    answer = acme("sonify", "acme", "--date", str(SUNDAY))
    assert answer.code == 1
    assert "DAGSTER_HOME" in answer.sentence


def test_the_unforeseen_is_one_line_too_and_a_traceback_only_on_demand(
    serp_radio: SerpRadio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setattr("serp_radio_pipeline.doctor.findings", break_down)
    answer = serp_radio("doctor")
    assert answer.code == 1
    (line,) = answer.err.splitlines()
    assert line.startswith("serp-radio: something unforeseen went wrong: RuntimeError: first line second line (SERP_")
    monkeypatch.setenv("SERP_RADIO_DEBUG", "1")
    with pytest.raises(RuntimeError):
        serp_radio("doctor")
