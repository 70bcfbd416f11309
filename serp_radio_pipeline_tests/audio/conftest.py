"""What several tests of this room listen to: the default soundfont, one rendered episode and its decoded audio."""

import datetime as dt

import pytest

from serp_radio_pipeline.audio.id3 import Chapter, Picture, Tags
from serp_radio_pipeline.audio.listening import decode_mp3
from serp_radio_pipeline.audio.render import RenderedAudio, render_episode
from serp_radio_pipeline.audio.soundfont import Soundfont, find_soundfont
from serp_radio_pipeline_tests.audio.pieces import episode


@pytest.fixture(scope="session")
def soundfont() -> Soundfont:
    return find_soundfont()


@pytest.fixture(scope="session")
def tags() -> Tags:
    return Tags(
        title="Zürich ♪ 📻: up 12 %",
        artist="SERP Radio",
        album="zürich-shop",
        date=dt.date(2026, 4, 5),
        comment="Clicks rose for three weeks.",
        picture=Picture(b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "image/png"),
        chapters=(Chapter(0, 4200, "Ident"), Chapter(4200, 12_600, "Woche für Woche")),
        extra=(("tenant", "zürich-shop"), ("calibration", "c0ffee")),
    )


@pytest.fixture(scope="session")
def midi() -> bytes:
    return episode()


@pytest.fixture(scope="session")
def rendered(midi, tags, soundfont) -> RenderedAudio:
    return render_episode(midi, tags, soundfont)


@pytest.fixture(scope="session")
def heard(rendered):
    return decode_mp3(rendered.mp3)
