from pathlib import Path

import pytest
from hypothesis import settings

from serp_radio_pipeline_tests.command_line import SerpRadio, serp_radio_in

# no test measures time: on a busy machine a deadline fails by chance
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

VARIABLES = ("SERP_RADIO_RULES", "SERP_RADIO_SOUNDFONT", "SERP_RADIO_FLUIDSYNTH", "SERP_RADIO_START_DATE")
PUBLISHING = ("SERP_RADIO_PUBLIC_URL", "SERP_RADIO_FEED_EPISODES")


@pytest.fixture
def store_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store and DAGSTER_HOME for this test alone, not made yet, and no other setting."""
    for variable in (
        *VARIABLES,
        *PUBLISHING,
        "SERP_RADIO_MAX_UPLOAD_MB",
        "SERP_RADIO_S3_ENCRYPTION",
        "SERP_RADIO_DEBUG",
    ):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("SERP_RADIO_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return tmp_path / "store"


@pytest.fixture
def serp_radio(store_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> SerpRadio:
    """The command line on that empty store."""
    return serp_radio_in(monkeypatch, capsys)
