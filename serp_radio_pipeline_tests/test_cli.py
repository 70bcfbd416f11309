import csv
import datetime as dt
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from serp_radio_pipeline import cli
from serp_radio_pipeline.audio.id3 import read_tags
from serp_radio_pipeline.ingest.demo_series import generate_export_csv, generate_export_zip
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.episodes import SUNDAY, metrics_of

SITE = "acme.example-Performance-on-Search-2026-03-25"
ROWS = metrics_of("gaps").rows


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / f"{SITE}.zip"
    path.write_bytes(generate_export_zip(ROWS))
    return path


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    path = tmp_path / "Chart.csv"
    path.write_bytes(generate_export_csv(ROWS))
    return path


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_inspect_explains_a_file_and_keeps_nothing(serp_radio: SerpRadio, export: Path, tmp_path: Path) -> None:
    answer = serp_radio("inspect", export)
    assert (answer.code, answer.err) == (0, "")
    assert "Chart.csv: a daily Search Console table" in answer.out
    assert "sc-domain:acme.example" in answer.out
    assert f"{len(ROWS)} used, rows skipped: 0" in answer.out
    assert files_in(tmp_path) == [export.name]


def test_inspect_and_upload_agree_on_what_is_the_future(
    serp_radio: SerpRadio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = tmp_path / "Chart.csv"
    chart.write_bytes(generate_export_csv(ROWS))
    for hours, code in ((8, 0), (-1, 1)):
        now = dt.datetime.combine(SUNDAY, dt.time(), dt.UTC) + dt.timedelta(hours=hours)
        monkeypatch.setattr(cli, "_now", lambda now=now: now)
        assert serp_radio("inspect", chart).code == serp_radio("upload", f"acme{hours + 49}", chart).code == code


def test_upload_says_what_it_added_and_what_was_there_already(
    serp_radio: SerpRadio, export: Path, store_folder: Path
) -> None:
    first, second = serp_radio("upload", "acme", export), serp_radio("upload", "acme", export)
    days = f"{len(ROWS)} days from {ROWS[0].date} to {ROWS[-1].date}"
    assert (first.code, first.out, first.err) == (0, f"{export.name}: added, {days}\n", "")
    assert (second.code, second.out, second.err) == (0, f"{export.name}: was there already, {days}\n", "")
    assert len(files_in(store_folder)) == 1


def test_the_question_of_a_refusal_is_answered_with_map(serp_radio: SerpRadio, tmp_path: Path) -> None:
    file = tmp_path / "tabelle.csv"
    file.write_text("Tag,Besuche,Gesehen,Rang\n2026-03-01,10,100,3.5\n2026-03-02,12,100,3.5\n2026-03-03,9,110,4.25\n")
    asked = serp_radio("upload", "acme", file)
    assert asked.code == serp_radio("inspect", file).code == 1
    answer = asked.sentence.rsplit("--map ", 1)[1].split(" to ")[0]
    assert "clicks = column 2 'Besuche': a person said so" in serp_radio("inspect", file, "--map", answer).out
    assert "added, 3 days" in serp_radio("upload", "acme", file, "--map", answer).out
    file.write_text(file.read_text().replace("2026-03", "2026-02"))
    assert "added, 3 days" in serp_radio("upload", "acme", file).out


def test_upload_says_what_it_changes_of_known_days(serp_radio: SerpRadio, tmp_path: Path) -> None:
    file = tmp_path / "Chart.csv"
    lines = ["Date,Clicks,Impressions,CTR,Position", *(f"2026-03-0{day},10,400,2.5%,8.1" for day in range(1, 8))]
    file.write_text("\n".join(lines))
    serp_radio("upload", "acme", file)
    lines[-1] = "2026-03-07,20,1600,1.25%,8.5"
    file.write_text("\n".join([*lines, "2026-03-08,11,400,2.75%,8"]))
    assert serp_radio("upload", "acme", file).out.splitlines()[1:] == [
        "  it changes 1 day that earlier uploads gave:",
        "    day         metric             before           now",
        "    2026-03-07  clicks                 10            20",
        "    2026-03-07  impressions           400         1,600",
        "    2026-03-07  position             8.10          8.50",
    ]


def test_of_several_files_the_good_are_added_and_the_bad_are_named(
    serp_radio: SerpRadio, export: Path, chart: Path, store_folder: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.txt"
    bad.write_text("call them on Monday")
    answer = serp_radio("upload", "acme", export, bad, chart)
    assert answer.code == 1
    assert [line.split(":")[0] for line in answer.out.splitlines()] == [export.name, "Chart.csv"]
    assert answer.sentence.startswith("notes.txt: no daily table")
    assert [name.split("-", 2)[-1] for name in files_in(store_folder)] == [export.name, "Chart.csv"]


def test_tenants_are_listed_with_their_last_day_and_what_was_not_used(
    serp_radio: SerpRadio, export: Path, store_folder: Path
) -> None:
    assert "No tenants yet" in serp_radio("tenants").out
    serp_radio("upload", "acme", export)
    hopeless = store_folder / "tenants" / "hopeless" / "uploads"
    hopeless.mkdir(parents=True)
    (hopeless / "notes.txt").write_text("call them on Monday")
    answer = serp_radio("tenants")
    assert (answer.code, answer.err) == (0, "")
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in answer.out.splitlines() if "│" in line]
    assert ["acme", "1", str(SUNDAY), "0", "-", "0"] in rows
    assert ["hopeless", "1", "-", "0", "-", "1"] in rows


def test_sonify_makes_an_episode_that_decodes_to_its_days(
    serp_radio: SerpRadio, export: Path, store_folder: Path, tmp_path: Path
) -> None:
    serp_radio("upload", "acme", export)
    uploads = files_in(store_folder)
    answer = serp_radio("sonify", "acme", "--lookback", "8d")
    assert (answer.code, answer.err) == (0, "")
    assert f"Episode of acme, {SUNDAY}, 8 days" in answer.out
    day = store_folder / "tenants" / "acme"
    midi, mp3 = day / "midi" / f"{SUNDAY}.mid", day / "mp3" / f"{SUNDAY}.mp3"
    assert str(midi) in answer.out
    assert str(mp3) in answer.out
    stages = ("controls", "episode", "feed", "first_editions", "labels", "midi", "mp3", "raw_metrics", "trained_model")
    made = {f"tenants/acme/{name}/{SUNDAY}" for name in (*stages, "card", "piano_roll")} | {
        f"tenants/acme/{name}" for name in ("feed", "cover", "episodes", "index")
    }
    assert {name.rsplit(".", 1)[0] for name in files_in(store_folder) if name not in uploads} == made
    assert read_tags(mp3.read_bytes()).date == SUNDAY
    assert (tmp_path / "home" / "dagster.yaml").is_file()

    decoded = serp_radio("decode", midi)
    assert (decoded.code, decoded.err) == (0, "")
    assert decoded.out.startswith("date,clicks,impressions,ctr,position\n")
    days = list(csv.DictReader(io.StringIO(decoded.out)))
    window = [SUNDAY - dt.timedelta(days=back) for back in range(7, -1, -1)]
    assert [row["date"] for row in days] == [date.isoformat() for date in window]
    truth = {row.date: row for row in ROWS}
    for date, row in zip(window, days, strict=True):
        assert (row["clicks"] == "") == (date not in truth)
        if date in truth:
            assert float(row["impressions"]) == pytest.approx(truth[date].impressions, rel=0.1)

    listed = serp_radio("tenants").out
    assert f"│ 1        │ {SUNDAY}" in listed

    # a day before all data fails in its run, in one sentence, and leaves what was there
    before = {name: (store_folder / name).read_bytes() for name in files_in(store_folder)}
    failed = serp_radio("sonify", "acme", "--date", "2025-10-01")
    assert (failed.code, failed.out) == (1, "")
    assert "acme has no data up to 2025-10-01: its uploads begin on 2025-10-24" in failed.sentence
    assert {name: (store_folder / name).read_bytes() for name in files_in(store_folder)} == before


def test_the_default_day_is_the_last_one_that_is_over(
    serp_radio: SerpRadio, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def run(*given: object, **_: object) -> None:
        made.append(given[3])
        raise cli.NotMadeError("not made in this test.")

    monkeypatch.setattr("serp_radio_pipeline.defs.runs.run_tenant_day", run)
    for now in (dt.datetime(2026, 3, 25, 9, tzinfo=dt.UTC), dt.datetime(2026, 3, 23, 5, tzinfo=dt.UTC)):
        monkeypatch.setattr(cli, "_now", lambda now=now: now)
        serp_radio("upload", "acme", export)
        assert serp_radio("sonify", "acme").sentence == "not made in this test."
    # 5 o'clock UTC on Monday is still Sunday in California
    assert made == [SUNDAY, SUNDAY - dt.timedelta(days=1)]


def test_demo_uploads_a_made_up_site_once_and_makes_its_last_sunday(
    serp_radio: SerpRadio, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def run(*given: object, **_: object) -> None:
        made.append((str(given[2]), given[3]))
        raise cli.NotMadeError("not made in this test.")

    monkeypatch.setattr("serp_radio_pipeline.defs.runs.run_tenant_day", run)
    for day in range(25, 29):
        monkeypatch.setattr(cli, "_now", lambda day=day: dt.datetime(2026, 3, day, 9, tzinfo=dt.UTC))
        answer = serp_radio("demo")
        assert answer.out == (
            "demo.example-Performance-on-Search-2026-03-25.zip: 210 made-up days, uploaded for tenant demo\n"
            "demo.example-Performance-on-Search-2026-03-25 (1).zip: their queries and pages, the last 28 days against "
            "the 28 before\n"
        )
    assert made == [("demo", SUNDAY)] * 4
    assert len(files_in(store_folder)) == 2


def test_doctor_finds_all_that_an_episode_needs(serp_radio: SerpRadio, tmp_path: Path) -> None:
    answer = serp_radio("doctor")
    assert (answer.code, answer.err) == (0, "")
    for subject in ("python", "dagster", "soundfont", "synthesizer", "rules", "store", "DAGSTER_HOME"):
        assert f"ok    {subject}: " in answer.out
    assert "FAIL" not in answer.out
    assert list(tmp_path.iterdir()) == []


def test_doctor_names_what_is_missing_and_exits_with_one(
    serp_radio: SerpRadio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERP_RADIO_SOUNDFONT", str(tmp_path / "none.sf2"))
    answer = serp_radio("doctor")
    assert answer.code == 1
    assert f"FAIL  soundfont: There is no soundfont at {tmp_path}/none.sf2" in answer.out
    assert answer.err == ""


def test_without_a_command_the_help_is_shown(serp_radio: SerpRadio) -> None:
    answer = serp_radio()
    assert (answer.code, answer.err) == (0, "")
    for command in ("inspect", "upload", "sonify", "decode", "tenants", "doctor", "demo", "dev"):
        assert command in answer.out


def test_the_installed_command_ends_with_its_code_and_says_one_sentence(store_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    command = Path(sys.executable).with_name("serp-radio")
    ended = subprocess.run([command, "inspect", "empty.csv"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "serp-radio: empty.csv is empty; export it from Search Console again.\n"


def test_a_reader_that_goes_away_is_no_error(store_folder: Path, export: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = Path(sys.executable).with_name("serp-radio")
    ended = subprocess.run([command, "inspect", export], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert "Traceback" not in ended.stderr
    assert "unforeseen" not in ended.stderr
