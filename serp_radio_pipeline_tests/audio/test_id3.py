"""Tags: read by another program, read by this one, and byte by byte where no program reads them."""

import datetime as dt
import io
import struct
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tinytag import TinyTag

from serp_radio_pipeline.audio.errors import TagError
from serp_radio_pipeline.audio.id3 import Chapter, Picture, Tags, read_tags, tag_length, write_tags

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
PLAIN = Tags("a", "b", "c", dt.date(2026, 1, 2))


def test_another_program_reads_text_date_and_picture(rendered, tags):
    heard = TinyTag.get(file_obj=io.BytesIO(rendered.mp3), filename="episode.mp3", image=True)
    assert (heard.title, heard.artist, heard.album) == (tags.title, tags.artist, tags.album)
    assert heard.year.startswith("2026")
    assert heard.comment == tags.comment
    assert heard.images.front_cover.data == tags.picture.data
    assert heard.images.front_cover.mime_type == "image/png"
    assert heard.other["tenant"] == ["zürich-shop"]
    assert heard.duration == pytest.approx(rendered.duration_seconds, abs=0.05)
    assert (heard.samplerate, heard.channels) == (44_100, 2)


def test_chapter_frames_are_laid_out_as_the_addendum_says():
    tag = write_tags(replace(PLAIN, chapters=(Chapter(0, 4200, "Ü"), Chapter(4200, 70_000, "b"))))
    contents = b"toc\0" + b"\x03" + b"\x02" + b"chp0\0" + b"chp1\0"
    assert b"CTOC" + struct.pack(">IH", len(contents), 0) + contents in tag
    title = b"TIT2" + struct.pack(">IH", 5, 0) + b"\x01\xff\xfe\xdc\x00"
    chapter = b"chp0\0" + struct.pack(">IIII", 0, 4200, 0xFFFFFFFF, 0xFFFFFFFF) + title
    assert b"CHAP" + struct.pack(">IH", len(chapter), 0) + chapter in tag
    assert tag.count(b"CHAP") == 2


def test_the_header_tells_version_and_synchsafe_size():
    tag = write_tags(replace(PLAIN, picture=Picture(bytes(1000), "image/jpeg")))
    assert tag[:6] == b"ID3\x03\x00\x00"
    assert max(tag[6:10]) < 0x80
    assert tag_length(tag + b"\xff\xfb") == len(tag) == 10 + (tag[8] << 7) + tag[9]


def test_a_date_is_a_year_and_a_day_in_latin_1():
    tag = write_tags(PLAIN)
    assert b"TYER" + struct.pack(">IH", 5, 0) + b"\x002026" in tag
    assert b"TDAT" + struct.pack(">IH", 5, 0) + b"\x000201" in tag


@given(
    st.builds(
        Tags,
        title=TEXT,
        artist=TEXT,
        album=TEXT,
        date=st.dates(),
        comment=TEXT,
        picture=st.none() | st.builds(Picture, st.binary(min_size=1), st.sampled_from(["image/png", "image/jpeg"])),
        chapters=st.lists(
            st.builds(
                lambda start, length, title: Chapter(start, start + length, title),
                st.integers(0, 10**7),
                st.integers(1, 10**7),
                TEXT,
            ),
            max_size=4,
        ).map(tuple),
        extra=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    )
)
def test_reading_undoes_writing(tags):
    assert read_tags(write_tags(tags) + b"\xff\xfb\xb0\x04") == tags


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_a_broken_tag_is_refused_or_read_but_never_crashes(place, garbage):
    tag = bytearray(write_tags(replace(PLAIN, chapters=(Chapter(0, 10, "x"),), extra=(("k", "v"),), comment="hi")))
    tag[place : place + len(garbage)] = garbage
    with suppress(TagError):
        read_tags(bytes(tag))


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Chapter(5, 5, "x"), "end after its start"),
        (lambda: Chapter(-1, 5, "x"), "start at 0"),
        (lambda: Picture(b"GIF89a", "image/gif"), "PNG or JPEG"),
        (lambda: Picture(b"", "image/png"), "0 bytes"),
        (lambda: replace(PLAIN, title="a\0b"), r"U\+0000"),
        (lambda: replace(PLAIN, extra=(("k", "\ud800"),)), "surrogate"),
        (lambda: replace(PLAIN, chapters=(Chapter(0, 1, "x"),) * 256), "at most 255"),
        (lambda: read_tags(b"\xff\xfb\xb0\x04"), "no ID3v2.3 tag"),
        (lambda: read_tags(write_tags(PLAIN)[:40]), "cut off"),
    ],
)
def test_a_wrong_tag_is_refused_with_its_reason(make, sentence):
    with pytest.raises(TagError, match=sentence):
        make()
