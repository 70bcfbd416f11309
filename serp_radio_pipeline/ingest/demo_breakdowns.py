"""The made-up site's queries and pages: how its days part into them, and the tables as Search Console writes them."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serp_radio_pipeline.ingest.daily_metrics import DailyRow

CTR_DECAY = 0.75
"""CTR falls with rank to about this power."""
NUMBERS = ("Clicks", "Impressions", "CTR", "Position")
TOP_QUERIES, TOP_PAGES = "Top queries", "Top pages"
"""The header of a table's first column."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A made-up query or page: its share of a day's clicks, how much better than the site it ranks, and its season.

    `rank` multiplies the site's position, `ctr` its CTR. `swing` (0-1) is how far the share moves around its middle in
    a season of 16 weeks, which begins `phase` weeks late: by demand, or where it `climbs` by rank.
    """

    label: str
    share: float
    rank: float
    ctr: float
    swing: float = 0.2
    phase: int = 0
    climbs: bool = False

    def share_on(self, date: dt.date) -> float:
        """Return the slice's share of that day's clicks: a triangle over the weeks, the same in every export."""
        week = (date.toordinal() // 7 + self.phase) % SEASON_WEEKS
        triangle = abs(week - SEASON_WEEKS / 2) / (SEASON_WEEKS / 4) - 1
        return self.share * (1 + self.swing * triangle)


SEASON_WEEKS = 16
QUERIES = (
    Slice("demo", 0.18, 0.2, 4.0, 0.05),
    Slice("radio, live", 0.10, 0.6, 1.6, 0.6),
    Slice('"search" radio', 0.08, 0.8, 1.2, 0.6, 8, climbs=True),
    Slice("what is serp radio", 0.06, 0.9, 1.0, 0.3, 4),
    Slice("radio של חיפוש", 0.04, 1.1, 0.8, 0.3, 12),
    Slice("hear my website", 0.04, 1.4, 0.6, 0.5, 6),
    Slice("search console sound", 0.03, 1.8, 0.4),
    Slice("sonification", 0.02, 2.5, 0.2, 0.9, 2),
)
"""Together 55 % of the clicks: the rest is anonymised, as in real exports."""
PAGES = (
    Slice("https://demo.example/", 0.36, 0.6, 1.4, 0.05),
    Slice("https://demo.example/live/", 0.18, 0.9, 1.2, 0.6),
    Slice("https://demo.example/how-it-sounds/", 0.12, 1.3, 0.7, 0.6, 8),
    Slice("https://demo.example/about/", 0.12, 1.6, 0.5, 0.2, 4),
)


def short_number(value: float, places: int) -> str:
    """Write a number as Search Console does: rounded, without zeros at its end."""
    return f"{value:.{places}f}".rstrip("0").rstrip(".")


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """Return an archive of those members; the same members give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, part in members.items():
            # a fixed date keeps the bytes the same
            archive.writestr(zipfile.ZipInfo(member, (2020, 1, 1, 0, 0, 0)), part)
    return buffer.getvalue()


def breakdown_csv(header: str, slices: Sequence[Slice], rows: Sequence[DailyRow]) -> str:
    """Return the table of one period, most clicks first; its clicks never add up to more than the days'."""
    counted = [(one.label, _counted(one, rows)) for one in slices]
    found = sorted((-numbers[0], -numbers[1], label, numbers) for label, numbers in counted if numbers[1])
    lines = [",".join((_quoted(label), *_written(numbers))) for *_, label, numbers in found]
    return "\n".join([",".join((header, *NUMBERS)), *lines])


def comparison_csv(header: str, slices: Sequence[Slice], now: Sequence[DailyRow], before: Sequence[DailyRow]) -> str:
    """Return the table of two periods of the same length, as Compare writes it: each number twice, the last first."""
    numbers = [f"{period} {len(now)} days {name}" for name in NUMBERS for period in ("Last", "Previous")]
    lines = [",".join((header, *numbers))]
    for one in slices:
        both = [_written(_counted(one, rows)) for rows in (now, before)]
        lines.append(",".join((_quoted(one.label), *(cell for pair in zip(*both, strict=True) for cell in pair))))
    return "\n".join(lines)


def generate_comparison_zip(now: Sequence[DailyRow], before: Sequence[DailyRow]) -> bytes:
    """Return the archive that Search Console writes with Compare on: no days, and two periods in each table."""
    members = {
        "Queries.csv": comparison_csv(TOP_QUERIES, QUERIES, now, before),
        "Pages.csv": comparison_csv(TOP_PAGES, PAGES, now, before),
        "Filters.csv": f"Filter,Value\nSearch type,Web\nDate,Compare last {len(now)} days to previous period",
    }
    return zip_of({name: text.encode() for name, text in members.items()})


def _counted(one: Slice, rows: Sequence[DailyRow]) -> tuple[int, int, float | None]:
    """Return a slice's clicks, impressions and position over some days."""
    shares = [one.share_on(row.date) for row in rows]
    clicks = int(sum(row.clicks * share for row, share in zip(rows, shares, strict=True)))
    demand = [one.share] * len(rows) if one.climbs else shares
    seen = [row.impressions * share / one.ctr for row, share in zip(rows, demand, strict=True)]
    impressions = max(clicks, int(sum(seen)))
    if not impressions:
        return 0, 0, None
    places = [
        (row.position or 0) * one.rank * (wanted / share) ** (1 / CTR_DECAY)
        for row, share, wanted in zip(rows, shares, demand, strict=True)
    ]
    position = sum(place * weight for place, weight in zip(places, seen, strict=True)) / sum(seen)
    return clicks, impressions, max(1.0, position)


def _written(numbers: tuple[int, int, float | None]) -> tuple[str, str, str, str]:
    clicks, impressions, position = numbers
    if position is None:
        return "0", "0", "0%", "0"
    ctr = f"{short_number(100 * clicks / impressions, 2)}%"
    return str(clicks), str(impressions), ctr, short_number(position, 2)


def _quoted(label: str) -> str:
    """Write a label as CSV: in quotes where it holds a comma or quotes."""
    return '"' + label.replace('"', '""') + '"' if "," in label or '"' in label else label
