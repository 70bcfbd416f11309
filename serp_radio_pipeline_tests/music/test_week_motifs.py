"""Week against week: what motifs say, and that they leave everything else as it is."""

import hashlib

import pytest

from serp_radio_pipeline.ingest.demo_series import HARD_SETS
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.motifs.catalog import MotifCatalog
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.music.compose import compose
from serp_radio_pipeline.music.decode import decode_midi
from serp_radio_pipeline.music.fidelity import fidelity
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.music.score import TICKS_PER_BAR, TICKS_PER_BEAT, Score
from serp_radio_pipeline.music.theory import are_semitone_apart
from serp_radio_pipeline.music.week_motifs import MOST_NOTES, SIZES, contour_of, note_count
from serp_radio_pipeline.radio.gates import decoding_problems
from serp_radio_pipeline.storage.motif_library import with_own
from serp_radio_pipeline_tests.episodes import RULES, labels_of, metrics_of, newsroom, score_of

CATALOG = shipped_catalogue(RULES / "motifs")


def with_motifs(series: str, catalog: MotifCatalog = CATALOG) -> Score:
    metrics = metrics_of(series)
    return compose(metrics, labels_of(metrics), newsroom(), "56d", catalog)


def owned(label: Label | None = None) -> MotifCatalog:
    """A tenant's library that holds the like of each motif that ships, under another id; all of one label, if asked."""
    twins = [
        motif.model_copy(
            update={
                "id": hashlib.sha256(motif.id.encode()).hexdigest()[:16],
                "file": f"acme/{motif.file}",
                "label": label or motif.label,
            }
        )
        for motif in CATALOG.motifs
    ]
    return CATALOG.model_copy(update={"motifs": tuple(twins)})


@pytest.mark.parametrize("series", sorted(HARD_SETS))
def test_motifs_leave_every_other_note_as_it_is_and_the_file_decodes(series: str) -> None:
    score, without = with_motifs(series), score_of(metrics_of(series))
    assert score.days == without.days
    assert tuple(note for note in score.notes if note.purpose != "motif") == without.notes
    assert decoding_problems(fidelity(score, decode_midi(midi_bytes(score)))) == []


@pytest.mark.parametrize("series", ["demo", "rising", "falling", "spikes", "gaps"])
def test_a_motif_says_by_its_notes_how_far_and_by_its_contour_which_way(series: str) -> None:
    score = with_motifs(series)
    assert score.motifs
    for motif in score.motifs:
        tick = score.section(f"week {motif.week}").tick
        pitches = [n.pitch for n in score.notes if n.purpose == "motif" and tick <= n.tick < tick + TICKS_PER_BAR]
        assert len(pitches) == motif.notes == note_count(motif.change_percent)
        contour = (pitches[-1] > pitches[0]) - (pitches[-1] < pitches[0])
        assert contour == contour_of(motif.change_percent)
        assert f"{motif.change_percent:+.1f} %" in motif.reason


@pytest.mark.parametrize("series", ["demo", "noisy", "large"])
def test_motifs_play_in_the_leads_rests_and_rub_with_no_data_note(series: str) -> None:
    score = with_motifs(series)
    motifs = [note for note in score.notes if note.purpose == "motif"]
    assert motifs
    for note in motifs:
        sounding = [d for d in score.data_notes() if d.tick < note.tick + note.length and d.tick + d.length > note.tick]
        assert all(other.role != "lead" for other in sounding)
        assert not any(are_semitone_apart(note.pitch, other.pitch) for other in sounding)
        assert note.tick % TICKS_PER_BEAT >= TICKS_PER_BEAT * 3 // 4


def test_without_a_catalogue_no_motif_plays() -> None:
    score = score_of(metrics_of("demo"))
    assert score.motifs == ()
    assert not any(note.purpose == "motif" for note in score.notes)


@pytest.mark.parametrize("series", ["demo", "rising", "falling", "spikes"])
def test_where_a_tenants_own_motif_fits_as_well_as_one_that_ships_it_is_taken_and_named(series: str) -> None:
    shipped, own = with_motifs(series), with_motifs(series, with_own(owned(), CATALOG))
    assert own.motifs
    assert all(motif.file.startswith("acme/") for motif in own.motifs)
    assert [motif.week for motif in own.motifs] == [motif.week for motif in shipped.motifs]
    assert not any("/" in motif.file for motif in shipped.motifs)
    assert own.days == shipped.days


def test_a_motif_that_ships_is_taken_before_a_tenants_own_where_it_alone_has_the_weeks_label() -> None:
    labels = {motif.id: motif.label for motif in CATALOG.motifs}
    week_labels = {week.week: week.label for week in with_motifs("rising").weeks}
    ships_with_the_label = {
        motif.week: labels[motif.motif] == week_labels[motif.week] for motif in with_motifs("rising").motifs
    }
    assert set(ships_with_the_label.values()) == {True, False}
    own = with_motifs("rising", with_own(owned(Label.VOLATILE_SPIKE), CATALOG))
    assert {motif.week: not motif.file.startswith("acme/") for motif in own.motifs} == ships_with_the_label


def test_sizes_follow_the_table() -> None:
    assert [note_count(percent) for percent in (0, -4.9, 5, -14.9, 15, 29.9, 30, -300)] == [2, 2, 3, 3, 4, 4, 5, 5]
    assert max(notes for _, notes in SIZES) + 1 == MOST_NOTES
    assert [contour_of(percent) for percent in (-5, -4.9, 0, 4.9, 5)] == [-1, 0, 0, 0, 1]
