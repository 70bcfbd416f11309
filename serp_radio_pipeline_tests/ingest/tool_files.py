"""Look-alikes of what other tools export, made from days on the spot: Looker Studio, Bing, BigQuery's bulk export."""

import csv
import datetime as dt
import io
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet

from serp_radio_pipeline.ingest.daily_metrics import DailyRow

Rows = list[list[str]]

LOOKER_HEADER = ["Date", "Url Clicks", "Impressions", "URL CTR", "Average Position"]
LOOKER_DATES = {"month names": "%b %d, %Y", "compact": "%Y%m%d", "iso": "%Y-%m-%d"}
BING_HEADER = ["Date", "Impressions", "Clicks", "Avg. CTR", "Avg. Position"]
BULK_HEADER = [
    *("data_date", "site_url", "query", "is_anonymized_query", "country", "search_type", "device"),
    *("impressions", "clicks", "sum_top_position"),
]


def looker_rows(days: Sequence[DailyRow], dates: str = "month names") -> Rows:
    """One row a day, CTR as a fraction with all its digits."""
    return [
        LOOKER_HEADER,
        *(
            [
                day.date.strftime(LOOKER_DATES[dates]),
                str(day.clicks),
                str(day.impressions),
                repr(day.ctr or 0.0),
                "" if day.position is None else repr(day.position),
            ]
            for day in days
        ),
    ]


def looker_rows_by(
    days: Sequence[DailyRow], dimension: str = "Device Category", values: Sequence[str] = ("MOBILE", "DESKTOP")
) -> Rows:
    """Each day parted in as many rows as there are values, each two ranks below the one before."""
    rows = [["Date", dimension, *LOOKER_HEADER[1:]]]
    for day in days:
        for value, part in zip(values, parts_of(day, len(values)), strict=True):
            rows.append([part.date.isoformat(), value, *looker_rows([part])[1][1:]])
    return rows


def parts_of(day: DailyRow, count: int) -> list[DailyRow]:
    """Part a day; the parts' whole numbers add up to it."""
    impressions = [day.impressions // count] * (count - 1)
    impressions.append(day.impressions - sum(impressions))
    clicks: list[int] = []
    for most in impressions:
        clicks.append(min(most, day.clicks - sum(clicks)))
    return [
        DailyRow(day.date, c, i, float(3 + 2 * place) if i else None)
        for place, (c, i) in enumerate(zip(clicks, impressions, strict=True))
    ]


def bing_rows(days: Sequence[DailyRow]) -> Rows:
    """Month first, CTR in percent."""
    return [
        BING_HEADER,
        *(
            [
                f"{day.date.month}/{day.date.day}/{day.date.year}",
                str(day.impressions),
                str(day.clicks),
                f"{100 * (day.ctr or 0):.2f}%",
                "" if day.position is None else f"{day.position:.2f}",
            ]
            for day in days
        ),
    ]


def bulk_rows(
    days: Sequence[DailyRow], site: str = "sc-domain:demo.example", position: str = "sum_top_position"
) -> Rows:
    """Three rows a day, two of them with the same key, one anonymised; the sum of positions counts from zero."""
    rows = [[*BULK_HEADER[:-1], position]]
    for day in days:
        keys = [("shoes", "false"), ("shoes", "false"), ("", "true")]
        for (query, anonymised), part in zip(keys, parts_of(day, len(keys)), strict=True):
            zero_based = 0 if part.position is None else int(part.position - 1) * part.impressions
            numbers = [str(part.impressions), str(part.clicks), str(zero_based)]
            rows.append([part.date.isoformat(), site, query, anonymised, "usa", "WEB", "MOBILE", *numbers])
    return rows


def as_text(rows: Rows, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode(encoding)


def typed(cell: str) -> object:
    """A cell as a program would store it: a day, a number, or its text."""
    # since 3.11 a number of eight digits would be a date
    for read in (dt.date.fromisoformat, int, float) if "-" in cell else (int, float):
        try:
            return read(cell)
        except ValueError:
            continue
    return {"": None, "true": True, "false": False}.get(cell, cell)


def as_parquet(rows: Rows, *, as_written: bool = False) -> bytes:
    """A Parquet file with types, or of texts alone."""
    header, *body = rows
    columns = [[cell if as_written else typed(cell) for cell in cells] for cells in zip(*body, strict=True)]
    buffer = io.BytesIO()
    pa.parquet.write_table(pa.table([pa.array(column) for column in columns], names=header), buffer)
    return buffer.getvalue()
