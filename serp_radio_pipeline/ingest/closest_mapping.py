"""The nearest guess where columns can't be told for sure: put to the person as a question, and never used unasked."""

import csv
import io
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serp_radio_pipeline.ingest.columns import Column
from serp_radio_pipeline.ingest.numbers import Reading
from serp_radio_pipeline.ingest.refusal import shown
from serp_radio_pipeline.ingest.vocabulary import Role, Vocabulary

MOST_CONFIDENCE = 0.5
"""Of a guess that only words and sizes speak for: under every way that is accepted."""

ASKED: tuple[Role, ...] = ("clicks", "impressions", "position")


@dataclass(frozen=True, slots=True)
class Question:
    """Words that ask which column is which, and the likeliest answer, as `--map` takes it; None without one."""

    words: str
    answer: str | None = None


def question(date_header: str, columns: Sequence[Column], vocabulary: Vocabulary) -> Question:
    """Return the sentences that tell the closest mapping and how to answer; empty where a column has no name."""
    found = closest(columns, vocabulary)
    if not date_header.strip() or any(column is not None and not column.header.strip() for column in found.values()):
        return Question("")
    words = {"date": date_header} | {role: column.header if column else "..." for role, column in found.items()}
    known = sum(column is not None and vocabulary.role_of(column.header) == role for role, column in found.items())
    confidence = MOST_CONFIDENCE * (1 + known) / (1 + len(ASKED))
    answer = answer_of(words)
    return Question(
        f" Which column is which? Add {map_option(answer)} if that is right ({confidence:.0%} sure), or correct it.",
        answer,
    )


def answer_of(words: Mapping[str, str]) -> str:
    """Return the answer that says which header has which role."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow(f"{role}={shown(word, 200)}" for role, word in words.items())
    return out.getvalue()


def map_option(answer: str) -> str:
    """Return the words that give an answer on the command line, and where they go."""
    return f"--map {shlex.quote(answer)} to 'serp-radio upload TENANT FILE'"


def closest(columns: Sequence[Column], vocabulary: Vocabulary) -> dict[Role, Column | None]:
    """Return the likeliest column of each role but CTR: by its header, else by size, else None."""
    found: dict[Role, Column | None] = dict.fromkeys(ASKED)
    left = list(columns)
    for column in columns:
        role = vocabulary.role_of(column.header)
        if role in found and found[role] is None:
            found[role] = column
        if role is not None:
            left.remove(column)
    counts = [column for column in left if _counts(column)]
    # clicks are the fewer; of equals the file's order stays
    for role, column in zip(
        [role for role in ASKED[:2] if found[role] is None], sorted(counts, key=_total)[:2], strict=False
    ):
        found[role] = column
    if found["position"] is None:
        found["position"] = next((c for c in left if c not in found.values() and _ranks(c)), None)
    return found


def _first(column: Column) -> Reading | None:
    return column.readings[0] if column.readings else None


def _counts(column: Column) -> bool:
    reading = _first(column)
    return reading is not None and reading.is_count


def _total(column: Column) -> float:
    reading = _first(column)
    return sum(value or 0 for value in reading.values) if reading else 0.0


def _ranks(column: Column) -> bool:
    reading = _first(column)
    return reading is not None and not reading.is_percent and all(not v or v >= 1 for v in reading.values)
