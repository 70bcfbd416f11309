"""The motif catalogue: any MIDI file becomes bars, tokens and motifs, or is refused in a sentence."""

import io

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.motifs.bar_labels import HEADER
from serp_radio_pipeline.motifs.bars import bars_of, sections_of
from serp_radio_pipeline.motifs.catalog import DENSITIES, NO_MOTIFS, CatalogError, MotifCatalog
from serp_radio_pipeline.motifs.library import catalogue, files_in, shipped_catalogue
from serp_radio_pipeline.motifs.midi_reading import MidiLimits, MotifFileError, read_midi
from serp_radio_pipeline.motifs.momentum import momentum_of
from serp_radio_pipeline.motifs.write_library import library
from serp_radio_pipeline_tests.episodes import RULES

TICKS = 480
LIBRARY = RULES / "motifs"


def midi_of(*messages: mido.Message | mido.MetaMessage) -> bytes:
    buffer = io.BytesIO()
    mido.MidiFile(ticks_per_beat=TICKS, tracks=[mido.MidiTrack(messages)]).save(file=buffer)
    return buffer.getvalue()


def notes(*pitches: int, beats: float = 1, channel: int = 0, velocity: int = 80) -> list[mido.Message]:
    length = round(beats * TICKS)
    return [
        message
        for pitch in pitches
        for message in (
            mido.Message("note_on", note=pitch, velocity=velocity, channel=channel),
            mido.Message("note_off", note=pitch, time=length, channel=channel),
        )
    ]


def meter(numerator: int, denominator: int, time: int = 0) -> mido.MetaMessage:
    return mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator, time=time)


PHRASE = midi_of(*notes(60, 62, 64, 65))
BAD = {
    "no MIDI": (b"RIFF....WAVE", "no whole MIDI file"),
    "cut short": (PHRASE[: len(PHRASE) - 9], "no whole MIDI file"),
    "zero tempo": (midi_of(mido.MetaMessage("set_tempo", tempo=0), *notes(60)), "tempo of zero"),
    "no notes": (midi_of(mido.MetaMessage("set_tempo", tempo=500_000)), "no notes"),
    "only drums": (midi_of(*notes(38, 40, channel=9)), "only drums"),
    "a thousand million ticks": (
        midi_of(mido.Message("note_on", note=60, velocity=64, time=10**9), *notes(62)),
        "beats; at most",
    ),
    "bars of a tick": (midi_of(meter(1, 2**15), *notes(*[60] * 60)), "over 20000 bars"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_a_file_that_can_not_be_used_is_named_with_its_reason_and_stops_no_other(case: str) -> None:
    content, reason = BAD[case]
    catalog = catalogue({"bad.mid": content, "good.mid": PHRASE})
    (problem,) = catalog.problems
    assert problem.file == "bad.mid"
    assert reason in problem.reason
    assert [motif.file for motif in catalog.motifs] == ["good.mid"]


def test_a_file_beyond_the_limits_is_refused() -> None:
    many = midi_of(*notes(*[60 + i % 12 for i in range(400)], beats=0.1))
    with pytest.raises(MotifFileError, match="over 300 notes"):
        read_midi("many.mid", many, MidiLimits(max_notes=300))
    with pytest.raises(MotifFileError, match="bytes; at most 100"):
        read_midi("large.mid", many, MidiLimits(max_bytes=100))


def test_five_million_notes_are_refused_unread() -> None:
    body = b"\x00\x90\x3c\x40" + b"\x01\x3c\x00\x00\x3c\x40" * 5_000_000
    header = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk" + len(body).to_bytes(4, "big")
    (problem,) = catalogue({"endless.mid": header + body}).problems
    assert f"at most {MidiLimits().max_bytes} are read" in problem.reason


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 60))
def test_no_bytes_at_all_raise_anything_but_a_sentence(noise: bytes, at: int) -> None:
    catalog = catalogue({"noise.mid": noise, "mixed.mid": PHRASE[:at] + noise + PHRASE[at:]})
    assert catalog.files + len(catalog.problems) == 2


def test_bars_follow_the_meter_and_a_pick_up_is_a_short_bar_in_front() -> None:
    content = midi_of(
        meter(1, 4), *notes(67), meter(3, 4), *notes(60, 62, 64), meter(7, 8), *notes(*[65] * 7, beats=0.5)
    )
    bars = bars_of(read_midi("odd.mid", content))
    assert [(bar.meter, bar.beats, bar.is_pickup) for bar in bars] == [
        ((1, 4), 1.0, True),
        ((3, 4), 3.0, False),
        ((7, 8), 3.5, False),
    ]


def test_a_bar_has_the_tempo_at_its_start_and_a_new_tempo_begins_a_section() -> None:
    faster = mido.MetaMessage("set_tempo", tempo=300_000)
    song = read_midi("tempo.mid", midi_of(*notes(60, 62, 64, 65), faster, *notes(60, 62, 64, 65)))
    bars = bars_of(song)
    assert [bar.tempo for bar in bars] == [120.0, 200.0]
    assert [len(section.bars) for section in sections_of(song, bars)] == [1, 1]


def test_the_same_phrase_in_another_key_loudness_and_tempo_is_one_token() -> None:
    other = midi_of(mido.MetaMessage("set_tempo", tempo=400_000), *notes(65, 67, 69, 70, velocity=40))
    catalog = catalogue({"a.mid": PHRASE, "b.mid": other})
    (motif,) = catalog.motifs
    assert (motif.times, motif.file) == (2, "a.mid")
    assert [note.step for note in motif.notes] == [0, 1, 2, 3]


def test_a_rising_and_swelling_section_has_more_momentum_than_a_falling_one() -> None:
    scores = {}
    for name, pitches in {"up": (60, 62, 64, 65), "level": (60, 60, 60, 60), "down": (65, 64, 62, 60)}.items():
        song = read_midi(name, midi_of(*notes(*pitches)))
        momentum = momentum_of(sections_of(song, bars_of(song))[0])
        scores[name] = momentum.score
        assert {"up": "rises", "level": "stays level", "down": "falls"}[name] in momentum.explanation
    assert scores["up"] > scores["level"] > scores["down"]


@pytest.mark.parametrize(
    ("csv", "reason"),
    [
        ("bar,label\n0,NEUTRAL\n", "lacks its header"),
        (f"{','.join(HEADER)}\n0,HAPPY,x\n", "line 2: 'HAPPY' is no label"),
        (f"{','.join(HEADER)}\n7,NEUTRAL,x\n", "there is no bar '7'"),
        (f"{','.join(HEADER)}\n0,NEUTRAL,x\n0,NEUTRAL,y\n", "line 3: bar 0 has a label already"),
    ],
)
def test_a_wrong_labels_file_is_refused_with_its_line(csv: str, reason: str) -> None:
    catalog = catalogue({"a.mid": PHRASE, "a.csv": csv.encode()})
    assert catalog.motifs == ()
    assert reason in catalog.problems[0].reason


def test_labels_come_from_the_csv_before_the_files_own_markers() -> None:
    marked = midi_of(mido.MetaMessage("marker", text="MOMENTUM_NEG"), *notes(60, 62, 64, 65, 67, 64, 62, 60))
    by_marker = catalogue({"a.mid": marked})
    assert {motif.label for motif in by_marker.motifs} == {Label.MOMENTUM_NEG}
    by_csv = catalogue({"a.mid": marked, "a.csv": f"{','.join(HEADER)}\n1,MOMENTUM_POS,up again\n".encode()})
    assert [motif.label for motif in by_csv.motifs] == [Label.MOMENTUM_NEG, Label.MOMENTUM_POS]
    assert by_csv.motifs[1].description == "up again"


def test_a_catalogue_reads_back_and_a_damaged_one_is_said() -> None:
    catalog = shipped_catalogue(LIBRARY)
    assert MotifCatalog.from_json(catalog.to_json()) == catalog
    with pytest.raises(CatalogError, match="materialise motif_catalog again"):
        MotifCatalog.from_json(b"{}")


def test_two_libraries_merge_and_each_motif_stays_once() -> None:
    one, other = catalogue({"a.mid": PHRASE}), catalogue({"b.mid": PHRASE, "c.mid": midi_of(*notes(60, 64, 67))})
    assert [motif.file for motif in one.merged(other).motifs] == ["a.mid", "c.mid"]
    assert one.merged(NO_MOTIFS).motifs == one.motifs


def test_the_shipped_library_is_what_its_script_writes() -> None:
    assert files_in(LIBRARY) == library()


def test_the_shipped_library_covers_every_label_in_every_density() -> None:
    catalog = shipped_catalogue(LIBRARY)
    assert catalog.problems == ()
    assert len(catalog.motifs) >= 48
    assert all(catalog.coverage()[label][density] >= 4 for label in Label for density in DENSITIES)
    rises = {label: {m.contour for m in catalog.motifs if m.label is label} for label in Label}
    assert rises[Label.MOMENTUM_POS] == {1}
    assert rises[Label.MOMENTUM_NEG] == {-1}
