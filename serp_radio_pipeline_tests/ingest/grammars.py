"""How places write numbers and dates, and tables written in their way: what tests of every tool and container share."""

import datetime as dt
from dataclasses import dataclass

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline_tests.ingest.export_files import series, workbook
from serp_radio_pipeline_tests.ingest.tool_files import Rows, as_parquet, bing_rows, parts_of, typed

DAYS = tuple(
    DailyRow(day.date, 40 * day.clicks, 40 * day.impressions, day.position) for day in series("office week")[-45:]
)  # over a thousand a day, so that marks between thousands show
WORDS = {
    "de": {"Date": "Datum", "Clicks": "Klicks", "Impressions": "Impressionen", "Position": "Position"},
    "fr": {"Date": "Date", "Clicks": "Clics", "Impressions": "Impressions", "Average Position": "Position moyenne"},
    "ja": {"Date": "日付", "Clicks": "クリック数", "Impressions": "表示回数", "Position": "掲載順位"},
}


@dataclass(frozen=True)
class Grammar:
    """How a place writes: `date` is a strftime pattern, `groups` parts thousands; `words` translate headers."""

    decimal: str
    groups: str
    date: str
    words: str = ""


GRAMMARS = {
    "plain": Grammar(".", "", "%Y-%m-%d"),
    "English": Grammar(".", ",", "%m/%d/%Y"),
    "German": Grammar(",", ".", "%d.%m.%Y", "de"),
    "French": Grammar(",", "\u202f", "%d/%m/%Y", "fr"),
    "Swiss": Grammar(".", "’", "%d.%m.%Y", "de"),
    "Japanese": Grammar(".", ",", "%Y年%m月%d日", "ja"),
}
ALWAYS_PLAIN = Grammar(".", "", "%Y-%m-%d")


def written(rows: Rows, grammar: Grammar) -> Rows:
    header, *body = rows
    names = WORDS.get(grammar.words, {})
    return [[names.get(cell, cell) for cell in header], *[[_cell(cell, grammar) for cell in row] for row in body]]


def _cell(cell: str, grammar: Grammar) -> str:
    value = typed(cell.removesuffix("%"))
    if isinstance(value, dt.date):
        return value.strftime(grammar.date)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return cell
    whole, point, part = cell.partition(".")
    return f"{int(whole):,}".replace(",", grammar.groups) + point.replace(".", grammar.decimal) + part


def gsc_rows(rows: tuple[DailyRow, ...]) -> Rows:
    cells = [
        [d.date.isoformat(), str(d.clicks), str(d.impressions), f"{100 * (d.ctr or 0):.2f}%", str(d.position or 0)]
        for d in rows
    ]
    return [["Date", "Clicks", "Impressions", "CTR", "Position"], *cells]


def bing_iso(rows: tuple[DailyRow, ...]) -> Rows:
    header, *body = bing_rows(rows)
    return [header, *([day.date.isoformat(), *row[1:]] for day, row in zip(rows, body, strict=True))]


def parted(rows: tuple[DailyRow, ...], count: int, zero_based: int) -> list[tuple[object, ...]]:
    found = []
    for day in rows:
        ranks = sum(int((p.position or 1) - zero_based) * p.impressions for p in parts_of(day, count))
        position = ranks / day.impressions + zero_based if day.impressions else None
        found.append((day.date, day.clicks, day.impressions, position))
    return found


def typed_cells(rows: Rows) -> list[list[object]]:
    """The cells as programs store them; `4%` is a text, they store the share."""
    return [[typed(cell) if "%" not in cell else float(cell.rstrip("%")) / 100 for cell in row] for row in rows]


def typed_workbook(rows: Rows) -> bytes:
    return workbook({"Sheet": typed_cells(rows)})


def typed_parquet(rows: Rows) -> bytes:
    words = {None: "", True: "true", False: "false"}
    return as_parquet(
        [
            [words[cell] if cell is None or isinstance(cell, bool) else str(cell) for cell in row]
            for row in typed_cells(rows)
        ]
    )
