"""ID3v2.3 tags: title, date, picture and chapters as bytes, and back. Written here since mutagen is GPL.

Text is UTF-16 with a byte-order mark, numbers are Latin-1, as version 2.3 wants; players know 2.3 better than 2.4.
Sources: id3.org "ID3 tag version 2.3.0" and "ID3v2 Chapter Frame Addendum 1.0".
"""

import datetime as dt
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from serp_radio_pipeline.audio.errors import TagError

FRONT_COVER = 3
LATIN_1, UTF_16 = 0, 1  # encoding bytes
CONTENTS = b"toc"
ORDERED_TOP_LEVEL = 3  # CTOC flags
NO_OFFSET = 0xFFFFFFFF  # chapters tell times, not byte positions
MOST_CHAPTERS = 255
LARGEST_TAG = 2**28


@dataclass(frozen=True, slots=True)
class Chapter:
    """A named stretch of the episode, in milliseconds; the end is the first one that is no longer part of it."""

    start_ms: int
    end_ms: int
    title: str

    def __post_init__(self) -> None:
        if not 0 <= self.start_ms < self.end_ms < NO_OFFSET:
            raise TagError(
                f"Chapter {self.title!r} runs from {self.start_ms} to {self.end_ms} ms; it must start at 0 "
                "or later and end after its start."
            )


@dataclass(frozen=True, slots=True)
class Picture:
    """The cover: the file's bytes and its MIME type, `image/png` or `image/jpeg`."""

    data: bytes
    mime: str

    def __post_init__(self) -> None:
        if self.mime not in ("image/png", "image/jpeg") or not self.data:
            raise TagError(
                f"A cover of type {self.mime!r} and {len(self.data)} bytes can't be tagged; use a PNG or JPEG file."
            )


@dataclass(frozen=True, slots=True)
class Tags:
    """What a player shows of an episode. `date` is the day it is of; `extra` holds TXXX names and values."""

    title: str
    artist: str
    album: str
    date: dt.date
    comment: str = ""
    picture: Picture | None = None
    chapters: tuple[Chapter, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        texts = [self.title, self.artist, self.album, self.comment, *(chapter.title for chapter in self.chapters)]
        for text in (*texts, *(text for pair in self.extra for text in pair)):
            if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
                raise TagError(
                    f"{text!r:.80} holds a character that a tag can't, U+0000 or half a surrogate pair; remove it."
                )
        if len(self.chapters) > MOST_CHAPTERS:
            raise TagError(f"{len(self.chapters)} chapters are more than a tag holds; use at most {MOST_CHAPTERS}.")


def write_tags(tags: Tags) -> bytes:
    """The ID3v2.3 tag, to be put before the MP3 frames. The same tags give the same bytes.

    Raises:
        TagError: it would be larger than 256 MB.
    """
    frames = [
        _frame(b"TIT2", _text(tags.title)),
        _frame(b"TPE1", _text(tags.artist)),
        _frame(b"TALB", _text(tags.album)),
        _frame(b"TYER", _digits(f"{tags.date.year:04}")),
        _frame(b"TDAT", _digits(f"{tags.date.day:02}{tags.date.month:02}")),
    ]
    if tags.comment:
        frames.append(_frame(b"COMM", bytes((UTF_16,)) + b"eng" + _utf16("") + b"\0\0" + _utf16(tags.comment)))
    frames += [_frame(b"TXXX", _text(name) + b"\0\0" + _utf16(value)) for name, value in tags.extra]
    frames += _chapter_frames(tags.chapters)
    if tags.picture is not None:
        head = bytes((LATIN_1,)) + tags.picture.mime.encode("ascii") + bytes((0, FRONT_COVER, 0))
        frames.append(_frame(b"APIC", head + tags.picture.data))
    body = b"".join(frames)
    if len(body) >= LARGEST_TAG:
        raise TagError(f"The tag would have {len(body):,} bytes, mostly its picture; use a smaller one.")
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\x00\x00" + size + body


def _chapter_frames(chapters: tuple[Chapter, ...]) -> list[bytes]:
    if not chapters:
        return []
    names = [f"chp{index}".encode("ascii") for index in range(len(chapters))]
    contents = CONTENTS + bytes((0, ORDERED_TOP_LEVEL, len(names))) + b"".join(name + b"\0" for name in names)
    frames = [_frame(b"CTOC", contents)]
    for name, chapter in zip(names, chapters, strict=True):
        times = struct.pack(">IIII", chapter.start_ms, chapter.end_ms, NO_OFFSET, NO_OFFSET)
        frames.append(_frame(b"CHAP", name + b"\0" + times + _frame(b"TIT2", _text(chapter.title))))
    return frames


def _frame(name: bytes, content: bytes) -> bytes:
    return name + struct.pack(">IH", len(content), 0) + content


def _text(text: str) -> bytes:
    return bytes((UTF_16,)) + _utf16(text)


def _utf16(text: str) -> bytes:
    return b"\xff\xfe" + text.encode("utf-16-le")


def _digits(text: str) -> bytes:
    return bytes((LATIN_1,)) + text.encode("ascii")


def tag_length(mp3: bytes) -> int:
    """Number of bytes the ID3v2.3 tag at the beginning takes.

    Raises:
        TagError: there is none, or it is cut off.
    """
    if len(mp3) < 10 or mp3[:4] != b"ID3\x03":
        raise TagError("The MP3 begins with no ID3v2.3 tag; it was not made by this program.")
    length = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(mp3[6:10], (21, 14, 7, 0), strict=True))
    if length > len(mp3):
        raise TagError(f"The tag is cut off: {len(mp3):,} of its {length:,} bytes are there; fetch the file again.")
    return length


def read_tags(mp3: bytes) -> Tags:
    """What `write_tags` wrote, from a whole MP3 or its beginning; frames it does not write are passed over.

    Raises:
        TagError: there is no ID3v2.3 tag, or it is broken.
    """
    body = mp3[10 : tag_length(mp3)]
    try:
        frames = list(_frames(body))
        texts = {name: content for name, content in frames if name[:1] == b"T" and name != b"TXXX"}
        return Tags(
            title=_read_text(texts.get(b"TIT2", b"")),
            artist=_read_text(texts.get(b"TPE1", b"")),
            album=_read_text(texts.get(b"TALB", b"")),
            date=_read_date(texts),
            comment=next(
                (_read_pair(content[0:1] + content[4:])[1] for name, content in frames if name == b"COMM"), ""
            ),
            picture=next((_read_picture(content) for name, content in frames if name == b"APIC"), None),
            chapters=tuple(_read_chapter(content) for name, content in frames if name == b"CHAP"),
            extra=tuple(_read_pair(content) for name, content in frames if name == b"TXXX"),
        )
    except (ValueError, struct.error, KeyError, IndexError) as error:
        raise TagError(f"The ID3v2.3 tag is broken ({error}); make the episode again.") from error


def _frames(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 0
    while position + 10 <= len(body) and body[position]:
        name, length = struct.unpack_from(">4sI", body, position)
        position += 10
        if position + length > len(body):
            raise ValueError(f"frame {name!r} is cut off")
        yield name, body[position : position + length]
        position += length


def _read_text(content: bytes) -> str:
    if not content:
        return ""
    return content[1:].decode("utf-16" if content[0] == UTF_16 else "latin-1").rstrip("\0")


def _read_pair(content: bytes) -> tuple[str, str]:
    """Two texts with a null between them, after one encoding byte; in UTF-16 each has its own byte-order mark."""
    if content[0] == LATIN_1:
        first, second = content[1:].split(b"\0", 1)
        return first.decode("latin-1"), second.decode("latin-1")
    ends = [index for index in range(1, len(content) - 1, 2) if content[index : index + 2] == b"\0\0"]
    if not ends:
        raise ValueError("a text has no end")
    return content[1 : ends[0]].decode("utf-16"), content[ends[0] + 2 :].decode("utf-16")


def _read_date(texts: dict[bytes, bytes]) -> dt.date:
    day = _read_text(texts[b"TDAT"])
    return dt.date(int(_read_text(texts[b"TYER"])), int(day[2:]), int(day[:2]))


def _read_picture(content: bytes) -> Picture:
    mime, rest = content[1:].split(b"\0", 1)
    return Picture(rest[1:].split(b"\0", 1)[1], mime.decode("ascii"))


def _read_chapter(content: bytes) -> Chapter:
    rest = content.split(b"\0", 1)[1]
    start_ms, end_ms = struct.unpack_from(">II", rest)
    titles = dict(_frames(rest[16:]))
    return Chapter(start_ms, end_ms, _read_text(titles.get(b"TIT2", b"")))
