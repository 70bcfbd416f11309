"""`serp-radio annotate`: what happened on a day; and `serp-radio decode --events`, which reads it back."""

from pathlib import Path

import pytest

from serp_radio_pipeline.audio.render import render_episode
from serp_radio_pipeline.audio.soundfont import find_soundfont
from serp_radio_pipeline.labels.annotations import Annotation
from serp_radio_pipeline.labels.happenings import happenings
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.radio.tagging import tags_for
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.defs.fleets import upload
from serp_radio_pipeline_tests.episodes import SUNDAY, events, labels_of, metrics_of, newsroom


def test_a_word_on_a_day_is_kept_once_and_listed(serp_radio: SerpRadio, store_folder: Path) -> None:
    assert serp_radio("annotate", "acme").out == "Nobody has said yet what happened on a day of acme.\n"
    assert serp_radio("annotate", "acme", "2026-03-05", "sale").sentence.startswith("There is no tenant acme yet")
    upload(Settings.from_environment(), Tenant("acme"))
    answer = serp_radio("annotate", "acme", "2026-03-05", "new menu [red]")
    assert (answer.code, answer.out, answer.err) == (0, "acme, 2026-03-05: kept\n", "")
    assert serp_radio("annotate", "acme", "2026-03-05", " new menu [red] ").out == "acme, 2026-03-05: said already\n"
    assert len(list(LocalStore(store_folder).list("tenants/acme/annotations/"))) == 1
    LocalStore(store_folder).put("tenants/acme/annotations.csv", b"date,text\n2026-03-07,sale\nsoon,sale\n")
    listed = serp_radio("annotate", "acme").out
    for words in ("new menu [red]", "2026-03-07", "annotations.csv, line 3: 'soon' is not a date"):
        assert words in listed


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("5.3.2026", "sale"), "'5.3.2026' is not a date: write it as 2026-03-31."),
        (("2026-03-05",), "Say what happened on 2026-03-05"),
        (("2026-03-05", "two\nlines"), "one line of 1 to 200 characters"),
        (("2026-03-05", "x" * 201), "one line of 1 to 200 characters"),
    ],
)
def test_what_says_nothing_is_refused_in_a_sentence(
    serp_radio: SerpRadio, store_folder: Path, words: tuple[str, ...], reason: str
) -> None:
    answer = serp_radio("annotate", "acme", *words)
    assert answer.code == 1
    assert reason in answer.sentence
    assert not list(LocalStore(store_folder).list("tenants/"))


def test_events_are_read_back_from_a_midi_file_and_heard_in_an_mp3(
    serp_radio: SerpRadio, store_folder: Path, tmp_path: Path
) -> None:
    metrics = metrics_of("demo")
    said = (Annotation(SUNDAY, "new menu"),)
    found = happenings(metrics, SUNDAY, events(), said)
    score = compose(metrics, labels_of(metrics), newsroom(), "28d", happenings=found)
    (tmp_path / "episode.mid").write_bytes(midi_bytes(score))
    answer = serp_radio("decode", tmp_path / "episode.mid", "--events")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[0] == "date,event,metric"
    assert lines[-1] == f"{SUNDAY},annotation,"
    assert len(lines) == 1 + len(score.events)
    mp3 = render_episode(midi_bytes(score), tags_for(score), find_soundfont(None)).mp3
    (tmp_path / "episode.mp3").write_bytes(mp3)
    heard = serp_radio("decode", tmp_path / "episode.mp3", "--events").out.splitlines()
    assert heard == [lines[0], *(f"{line.rsplit(',', 1)[0]}," for line in lines[1:])]
