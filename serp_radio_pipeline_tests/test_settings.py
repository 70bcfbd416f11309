import datetime as dt
from pathlib import Path

import pytest

from serp_radio_pipeline.settings import Settings, SettingsError


def test_an_empty_environment_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({})
    assert settings.store_folder == tmp_path / "radio_data"
    assert settings.home_folder == tmp_path / ".dagster_home"
    assert settings.start_date == dt.date(2023, 1, 1)
    assert settings.max_upload_bytes == 200 * 2**20
    assert settings.soundfont_path is None
    assert settings.fluidsynth_path is None
    assert list(tmp_path.iterdir()) == []


def test_the_default_rules_are_the_projects_own() -> None:
    folder = Settings.from_environment({}).rules_folder
    assert (folder / "labels.yaml").is_file()
    assert (folder / "packs" / "newsroom.yaml").is_file()


def test_an_empty_variable_counts_as_unset_and_blanks_around_a_value_do_not_count() -> None:
    settings = Settings.from_environment({"SERP_RADIO_START_DATE": " ", "SERP_RADIO_MAX_UPLOAD_MB": " 5 "})
    assert settings == Settings(max_upload_mb="5")


def test_the_process_environment_is_read_when_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERP_RADIO_START_DATE", "2025-05-01")
    assert Settings.from_environment().start_date == dt.date(2025, 5, 1)


def test_the_unattended_day_is_as_the_settings_say() -> None:
    default = Settings.from_environment({})
    assert (default.runs_unattended, default.daily_hour, default.timezone, default.data_lag_days) == (True, 6, "UTC", 3)
    chosen = Settings.from_environment(
        {
            "SERP_RADIO_UNATTENDED": "off",
            "SERP_RADIO_HOUR": "23",
            "SERP_RADIO_TIMEZONE": "Europe/Berlin",
            "SERP_RADIO_DATA_LAG_DAYS": "2",
        }
    )
    assert not chosen.runs_unattended
    assert (chosen.daily_hour, chosen.timezone, chosen.data_lag_days) == (23, "Europe/Berlin", 2)


def test_folders_are_absolute_however_they_were_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({"SERP_RADIO_STORE": "store", "DAGSTER_HOME": str(tmp_path / "home")})
    assert (settings.store_folder, settings.home_folder) == (tmp_path / "store", tmp_path / "home")


def test_rules_soundfont_and_library_are_taken_from_where_they_are_said_to_lie(tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").touch()
    settings = Settings.from_environment(
        {"SERP_RADIO_RULES": str(tmp_path), "SERP_RADIO_SOUNDFONT": "/f.sf2", "SERP_RADIO_FLUIDSYNTH": "/lib.so"}
    )
    assert settings.rules_folder == tmp_path
    assert (settings.soundfont_path, settings.fluidsynth_path) == (Path("/f.sf2"), Path("/lib.so"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SERP_RADIO_START_DATE", "yesterday"),
        ("SERP_RADIO_START_DATE", "2025-02-30"),
        ("SERP_RADIO_MAX_UPLOAD_MB", "0"),
        ("SERP_RADIO_MAX_UPLOAD_MB", "-1"),
        ("SERP_RADIO_MAX_UPLOAD_MB", "1.5"),
        ("SERP_RADIO_MAX_UPLOAD_MB", "many"),
        ("SERP_RADIO_MAX_UPLOAD_MB", "٣"),
        ("SERP_RADIO_MAX_UPLOAD_MB", "9" * 5000),
        ("SERP_RADIO_MAX_MIDI_MB", "0"),
        ("SERP_RADIO_MAX_MIDI_NOTES", "1e5"),
        ("SERP_RADIO_MAX_MIDI_BEATS", "-1"),
        ("SERP_RADIO_STORE", "ftp://host/folder"),
        ("SERP_RADIO_STORE", "s3://Not a bucket/x"),
        ("SERP_RADIO_STORE", "s3://radio/../x"),
        ("SERP_RADIO_S3_ENCRYPTION", "rot13"),
        ("SERP_RADIO_RULES", "/nowhere"),
        ("SERP_RADIO_LOG_FORMAT", "xml"),
        ("SERP_RADIO_UNATTENDED", "maybe"),
        ("SERP_RADIO_HOUR", "24"),
        ("SERP_RADIO_HOUR", "-1"),
        ("SERP_RADIO_HOUR", "٣"),
        ("SERP_RADIO_TIMEZONE", "Mars/Olympus"),
        ("SERP_RADIO_TIMEZONE", "../etc/passwd"),
        ("SERP_RADIO_DATA_LAG_DAYS", "0"),
        ("SERP_RADIO_DATA_LAG_DAYS", "61"),
        ("SERP_RADIO_DATA_LAG_DAYS", "2.5"),
        ("SERP_RADIO_PUBLIC_URL", "radio.example"),
        ("SERP_RADIO_PUBLIC_URL", "ftp://radio.example"),
        ("SERP_RADIO_PUBLIC_URL", "https://radio.example/a b"),
        ("SERP_RADIO_PUBLIC_URL", 'https://radio.example/"><script>'),
        ("SERP_RADIO_PUBLIC_URL", "https://someone:secret@radio.example"),
        ("SERP_RADIO_LOCALE", "klingon"),
        ("SERP_RADIO_LOCALE", "../de"),
        ("SERP_RADIO_FEED_EPISODES", "0"),
        ("SERP_RADIO_FEED_EPISODES", "1001"),
        ("SERP_RADIO_FEED_EPISODES", "all"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_its_variables_name(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Settings.from_environment({variable: value})


def test_a_locale_is_named_as_usual() -> None:
    assert Settings.from_environment({}).locale == "en"
    assert Settings.from_environment({"SERP_RADIO_LOCALE": "pt-br"}).locale == "pt_BR"


def test_a_public_url_loses_the_slash_at_its_end() -> None:
    settings = Settings.from_environment({"SERP_RADIO_PUBLIC_URL": "https://radio.example:8443/shows/"})
    assert settings.public_url == "https://radio.example:8443/shows"
    assert Settings.from_environment({}).public_url == ""
    assert Settings.from_environment({"SERP_RADIO_FEED_EPISODES": "365"}).feed_episodes == 365


def test_a_store_may_lie_in_a_bucket_and_then_has_no_folder() -> None:
    settings = Settings.from_environment({"SERP_RADIO_STORE": "s3://radio/sites", "SERP_RADIO_S3_ENCRYPTION": "AES256"})
    assert settings.store_url == "s3://radio/sites"
    with pytest.raises(SettingsError, match="SERP_RADIO_STORE must be a folder here"):
        _ = settings.store_folder


def test_search_console_is_googles_own_unless_the_settings_say_another(tmp_path: Path) -> None:
    default = Settings.from_environment({})
    assert (default.search_console_url, default.search_console_ca) == ("", "")
    (tmp_path / "ca.pem").touch()
    chosen = Settings.from_environment(
        {
            "SERP_RADIO_SEARCH_CONSOLE_URL": "https://proxy.example:8443/console/",
            "SERP_RADIO_SEARCH_CONSOLE_CA": str(tmp_path / "ca.pem"),
        }
    )
    assert chosen.search_console_url == "https://proxy.example:8443/console"
    assert chosen.search_console_ca == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SERP_RADIO_SEARCH_CONSOLE_URL", "http://proxy.example"),
        ("SERP_RADIO_SEARCH_CONSOLE_URL", "https://me:word@proxy.example"),
        ("SERP_RADIO_SEARCH_CONSOLE_CA", "/not/there.pem"),
    ],
)
def test_an_address_without_encryption_and_authorities_that_are_none_are_refused(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Settings.from_environment({variable: value})
