"""An episode of a rank tracker's series: files, page and words say ranks, and never clicks."""

import dataclasses
import datetime as dt
import json
import re

import pytest

from serp_radio_pipeline.labels.happenings import happenings
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.music.contract import contract
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.card import card
from serp_radio_pipeline.radio.drawing import Words, drawing_svg
from serp_radio_pipeline.radio.episode_page import episode_page
from serp_radio_pipeline.radio.feed_entry import FeedEntry, feed_entry
from serp_radio_pipeline.radio.first_edition import first_edition
from serp_radio_pipeline.radio.fleet_page import fleet_rows
from serp_radio_pipeline.radio.links import IN_STORE
from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.radio.piano_roll import piano_roll
from serp_radio_pipeline.radio.show_notes import show_notes
from serp_radio_pipeline.radio.tenant_page import tenant_page
from serp_radio_pipeline.radio.transcript import transcript_vtt
from serp_radio_pipeline.radio.words import ranks_in_words, what_was_heard
from serp_radio_pipeline.storage.codecs import CODECS
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import RULES, events, labels_of, newsroom, rank_metrics
from serp_radio_pipeline_tests.radio.page_reading import Page

METRICS = rank_metrics()
LAST = METRICS.rows[-1].date
OF_SEARCHES = re.compile(r"\b(clicks?|impressions?|CTR)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def score() -> Score:
    from serp_radio_pipeline.music.compose import compose  # noqa: PLC0415

    found = happenings(METRICS, LAST, events())
    return compose(METRICS, labels_of(METRICS), newsroom(), "56d", happenings=found)


def test_a_table_of_ranks_is_stored_with_its_figures():
    codec = CODECS["raw_metrics"]
    back = codec.load(codec.dump(METRICS))
    assert (back, back.data_version()) == (METRICS, METRICS.data_version())


def test_other_figures_are_another_version_of_the_data():
    days = METRICS.ranks.days
    changed = dataclasses.replace(days[-1], churn=0.5)
    other = dataclasses.replace(METRICS, ranks=dataclasses.replace(METRICS.ranks, days=(*days[:-1], changed)))
    assert other.data_version() != METRICS.data_version()


def test_the_midi_file_reads_back_as_visibility_keywords_and_rank(score):
    decoded = decode_midi(midi_bytes(score))
    header, *lines = decoded.to_csv().splitlines()
    assert header == "date,visibility,ranked_keywords,visibility_per_keyword,average_rank"
    by_date = {row.date.isoformat(): row for row in METRICS.rows}
    for line in lines:
        date, visibility, keywords, each, rank = line.split(",")
        row = by_date[date]
        assert float(visibility) == pytest.approx(row.clicks / 100, rel=0.06)
        assert int(keywords) == pytest.approx(row.impressions, abs=1)
        assert float(each) == pytest.approx(row.clicks / row.impressions / 100, rel=0.06)
        assert float(rank) == pytest.approx(row.position, rel=0.03)
    assert min(rho for rho in fidelity(score, decoded).rho.values() if rho is not None) > 0.99


def test_the_contract_says_what_its_lanes_carry(score):
    said = contract(score)
    assert said["source"] == "serp"
    assert said["carries"] == {
        "clicks": "visibility",
        "impressions": "ranked_keywords",
        "ctr": "visibility_per_keyword",
        "position": "average_rank",
    }


def test_a_score_of_ranks_is_written_and_read_back(score):
    assert Score.from_json(score.to_json()) == score
    assert json.loads(score.to_json())["ranks"]["keywords"] == 60


def said_of(score):
    """Everything that people read of an episode."""
    entry = feed_entry(score, b"mp3", first_edition(score, b"mp3"))
    drawn = [
        part.text for picture in (card(score), piano_roll(score)) for part in picture.parts if isinstance(part, Words)
    ]
    return [
        *what_was_heard(score),
        show_notes(score).decode(),
        transcript_vtt(score).decode(),
        " ".join(Page(episode_page(score, None)).words),
        " ".join(Page(tenant_page(Tenant(score.tenant), [], [entry], IN_STORE)).words),
        *entry.notes,
        *drawn,
    ]


def test_nobody_reads_of_clicks_that_a_tracker_never_saw(score):
    texts = said_of(score)
    assert sum("isibility" in text for text in texts) > 6
    for text in texts:
        # what visibility is, is said by way of clicks, once
        plain = text.replace("of all the clicks that rank 1 for every keyword would get", "")
        assert not OF_SEARCHES.search(plain), text


def test_the_shares_and_the_change_of_the_day_are_said(score):
    words = show_notes(score).decode()
    last = score.ranks
    assert f"Of 60 keywords: {last.top_3:.0%} in the top 3, {last.top_10:.0%} in the top 10" in words
    assert f"{last.volatility:.1f} places of change each" in words


def test_a_feed_entry_keeps_its_source(score):
    entry = feed_entry(score, b"mp3", first_edition(score, b"mp3"))
    assert FeedEntry.from_json(entry.to_json()) == entry
    assert entry.source == "serp"


def test_on_the_fleets_page_visibility_is_a_mean_and_no_sum(score):
    state = TenantState(Tenant("a"), True, LAST, None, "passed", (300, 500) * 14, "", "serp")
    (row,) = fleet_rows(Overview(dt.datetime(2026, 11, 1, tzinfo=dt.UTC), (state,)))
    assert row.said_clicks == "visibility 4.14%"
    overview = Overview(dt.datetime(2026, 11, 1, tzinfo=dt.UTC), (state,))
    assert Overview.from_json(overview.to_json()) == overview


def test_an_artefact_of_search_consoles_reports_is_none_of_a_trackers():
    artefacts = [event for event in events().events if event.is_artefact]
    assert artefacts
    assert not any(event.is_artefact for event in events().of("serp").events)
    assert events().of("gsc") is events()


def test_pictures_are_drawn_with_the_same_words(score):
    assert "Visibility, 56 days" in drawing_svg(card(score)).decode()


def test_a_weeks_motif_says_visibility_too():
    from serp_radio_pipeline.music.compose import compose  # noqa: PLC0415

    motifs = compose(METRICS, labels_of(METRICS), newsroom(), "56d", shipped_catalogue(RULES / "motifs")).motifs
    assert motifs
    assert all(motif.reason.startswith("visibility ") for motif in motifs)


def test_ranks_that_were_checked_before_an_episodes_day_are_dated(score):
    words = ranks_in_words(score.ranks, score.date + dt.timedelta(days=4))
    assert words.startswith(f"{score.date}, when last checked, of 60 keywords: ")


def test_the_numbers_beside_an_event_of_visibility_are_its_percents():
    records = [one for one in happenings(METRICS, LAST, events()) if one.kind == "record_high"]
    assert records
    for record in records:
        evidence = dict(record.evidence)
        assert f"{evidence['visibility, percent']:.2f} %" in record.sentence
        assert f"{evidence['record before']:.2f} %" in record.sentence
