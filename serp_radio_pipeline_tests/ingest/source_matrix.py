"""What becomes of each tool's table in each language and container, as the table in `docs/sources.md`.

`python -m serp_radio_pipeline_tests.ingest.source_matrix` writes it there. A tool is one line of `SOURCES`.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from serp_radio_pipeline.ingest.ctr_curve import DEFAULT_CURVE
from serp_radio_pipeline.ingest.daily_ranks import KeywordRanks, RankedDay
from serp_radio_pipeline.ingest.export import Export, ExportRefusedError
from serp_radio_pipeline.ingest.rank_export import rank_rows
from serp_radio_pipeline.ingest.uploaded_file import read_upload
from serp_radio_pipeline_tests.ingest.export_files import TODAY, archive, numbers, workbook
from serp_radio_pipeline_tests.ingest.grammars import (
    ALWAYS_PLAIN,
    DAYS,
    Grammar,
    bing_iso,
    gsc_rows,
    parted,
    typed_parquet,
    typed_workbook,
    written,
)
from serp_radio_pipeline_tests.ingest.rank_files import TRACKERS, ahrefs, made_up_ranks, wide_table
from serp_radio_pipeline_tests.ingest.tool_files import (
    LOOKER_HEADER,
    Rows,
    as_parquet,
    as_text,
    bulk_rows,
    looker_rows,
    looker_rows_by,
)

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"
BEGIN, END = "<!-- the table of sources begins -->\n", "<!-- the table of sources ends -->\n"


@dataclass(frozen=True)
class Language:
    """Column headers, date first as Search Console has them, and how a spreadsheet there writes numbers and days."""

    headers: tuple[str, ...]
    grammar: Grammar


def _language(headers: str, decimal: str, groups: str, date: str) -> Language:
    return Language(tuple(headers.split("|")), Grammar(decimal, groups, date))


SPACE = "\u00a0"
LANGUAGES = {
    "English": _language("Date|Clicks|Impressions|CTR|Position", ".", ",", "%m/%d/%Y"),
    "German": _language("Datum|Klicks|Impressionen|CTR|Position", ",", ".", "%d.%m.%Y"),
    "French": _language("Date|Clics|Impressions|CTR|Position", ",", "\u202f", "%d/%m/%Y"),
    "Spanish": _language("Fecha|Clics|Impresiones|CTR|Posición", ",", ".", "%d/%m/%Y"),
    "Italian": _language("Data|Clic|Impressioni|CTR|Posizione", ",", ".", "%d/%m/%Y"),
    "Portuguese": _language("Data|Cliques|Impressões|CTR|Posição", ",", ".", "%d/%m/%Y"),
    "Dutch": _language("Datum|Klikken|Vertoningen|CTR|Positie", ",", ".", "%d-%m-%Y"),
    "Swedish": _language("Datum|Klick|Visningar|CTR|Position", ",", SPACE, "%Y-%m-%d"),
    "Danish": _language("Dato|Klik|Eksponeringer|CTR|Placering", ",", ".", "%d-%m-%Y"),
    "Norwegian": _language("Dato|Klikk|Visninger|CTR|Posisjon", ",", SPACE, "%d.%m.%Y"),
    "Finnish": _language("Päivämäärä|Klikkaukset|Näyttökerrat|CTR|Sijainti", ",", SPACE, "%d.%m.%Y"),
    "Polish": _language("Data|Kliknięcia|Wyświetlenia|CTR|Pozycja", ",", SPACE, "%d.%m.%Y"),
    "Czech": _language("Datum|Kliknutí|Zobrazení|CTR|Pozice", ",", SPACE, "%d.%m.%Y"),
    "Hungarian": _language("Dátum|Kattintások|Megjelenítések|CTR|Pozíció", ",", SPACE, "%Y. %m. %d."),
    "Romanian": _language("Dată|Clicuri|Afișări|CTR|Poziție", ",", ".", "%d.%m.%Y"),
    "Turkish": _language("Tarih|Tıklamalar|Gösterimler|CTR|Konum", ",", ".", "%d.%m.%Y"),
    "Greek": _language("Ημερομηνία|Κλικ|Εμφανίσεις|CTR|Θέση", ",", ".", "%d/%m/%Y"),
    "Russian": _language("Дата|Клики|Показы|CTR|Позиция", ",", SPACE, "%d.%m.%Y"),
    "Ukrainian": _language("Дата|Кліки|Покази|CTR|Позиція", ",", SPACE, "%d.%m.%Y"),
    "Hebrew": _language("תאריך|קליקים|חשיפות|CTR|מיקום", ".", ",", "%d/%m/%Y"),
    "Arabic": _language("التاريخ|النقرات|مرات الظهور|CTR|الموضع", ".", ",", "%d/%m/%Y"),
    "Indonesian": _language("Tanggal|Klik|Tayangan|CTR|Posisi", ",", ".", "%d/%m/%Y"),
    "Vietnamese": _language("Ngày|Số lượt nhấp|Số lượt hiển thị|CTR|Vị trí", ",", ".", "%d/%m/%Y"),
    "Thai": _language("วันที่|จำนวนคลิก|การแสดงผล|CTR|อันดับ", ".", ",", "%d/%m/%Y"),
    "Japanese": _language("日付|クリック数|表示回数|CTR|掲載順位", ".", ",", "%Y/%m/%d"),
    "Korean": _language("날짜|클릭수|노출수|CTR|게재순위", ".", ",", "%Y-%m-%d"),
    "Chinese (simplified)": _language("日期|点击次数|展示|点击率|排名", ".", ",", "%Y/%m/%d"),
    "Chinese (traditional)": _language("日期|點擊|曝光|點閱率|排名", ".", ",", "%Y/%m/%d"),
}
LOOKER_LANGUAGES = {
    "English": _language("|".join(LOOKER_HEADER), ".", ",", "%m/%d/%Y"),
    "German": _language("Datum|URL-Klicks|URL-Impressionen|URL-CTR|Durchschnittliche Position", ",", ".", "%d.%m.%Y"),
    "French": _language("Date|Clics d'URL|Impressions|URL CTR|Position moyenne", ",", "\u202f", "%d/%m/%Y"),
    "Spanish": _language("Fecha|Clics de URL|Impresiones|URL CTR|Posición media", ",", ".", "%d/%m/%Y"),
}
AMERICAN = LANGUAGES["English"].grammar

Numbers = Sequence[tuple[object, ...]]


@dataclass(frozen=True)
class Source:
    """A tool's table: its rows as exported, how a spreadsheet writes them, and the days it must be read as.

    Without `wanted`, reading alone is asked for. A table with lines above its header is never a Parquet file.
    """

    tool: str
    language: str
    rows: Rows
    wanted: Numbers | None
    grammar: Grammar = AMERICAN
    has_lines_above: bool = False


def _renamed(rows: Rows, headers: Sequence[str]) -> Rows:
    return [list(headers), *rows[1:]]


def _hourly() -> Rows:
    header, *rows = gsc_rows(DAYS)
    return [
        ["Time (UTC+01:00)", *header[1:]],
        *([f"{row[0]}T{hour:02}:00:00+01:00", *row[1:]] for row in rows[:2] for hour in range(24)),
    ]


def _weekly() -> Rows:
    header, *rows = gsc_rows(DAYS)
    ends = (dt.date.fromisoformat(row[0]) + dt.timedelta(days=6) for row in rows[::7])
    return [
        ["Date range", *header[1:]],
        *([f"{row[0]} - {end}", *row[1:]] for row, end in zip(rows[::7], ends, strict=True)),
    ]


def _indexing() -> Rows:
    rows = [[day.date.isoformat(), "40", "900", str(day.impressions)] for day in DAYS]
    return [["Date", "Not indexed", "Indexed", "Impressions"], *rows]


def _alone(column: str, rows: Rows) -> Rows:
    """The table by query or country alone, without days."""
    header, *body = rows
    return [[column, *header[1:]], *([f"{column} {place}", *row[1:]] for place, row in enumerate(body))]


def _positions() -> Rows:
    """Search Console's, of its API, which happen to be whole."""
    rows = [[day.date.isoformat(), word, str(rank)] for day in RANKS for word, rank in day.ranks.items() if rank]
    return [["date", "query", "position"], *rows]


def _ranked(days: Sequence[RankedDay]) -> Numbers:
    return numbers(
        rank_rows(KeywordRanks(tuple(days), DEFAULT_CURVE).figures(), dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    )


PLAIN = list(numbers(DAYS))
RANKS = made_up_ranks(days=45)
RANKED, TWO_DAYS = _ranked(RANKS), _ranked([RANKS[0], RANKS[-1]])
NEVER_SO = "-"
SOURCES = (
    *(
        Source("Search Console, by day", name, _renamed(gsc_rows(DAYS), one.headers), PLAIN, one.grammar)
        for name, one in LANGUAGES.items()
    ),
    *(
        Source("Looker Studio, by day", name, _renamed(looker_rows(DAYS, "iso"), one.headers), PLAIN, one.grammar)
        for name, one in LOOKER_LANGUAGES.items()
    ),
    Source("Looker Studio, by day and device", "English", looker_rows_by(DAYS), parted(DAYS, 2, 0)),
    Source("Bing Webmaster Tools, by day", "English", bing_iso(DAYS), PLAIN),
    Source("BigQuery bulk export, by property", "English", bulk_rows(DAYS), parted(DAYS, 3, 1)),
    Source("BigQuery bulk export, by URL", "English", bulk_rows(DAYS, position="sum_position"), parted(DAYS, 3, 1)),
    *(
        Source(f"{tool}, ranks", "English", write(RANKS), RANKED, has_lines_above=True)
        for tool, (write, _) in TRACKERS.items()
    ),
    Source("Ahrefs, ranks of two days", "English", ahrefs(RANKS), TWO_DAYS),
    Source("numbers by day that nothing calls ranks", "English", wide_table(RANKS)[1:], None, has_lines_above=True),
    Source("positions by query and day that nothing calls ranks", "English", _positions(), None),
    Source("BigQuery, filtered", "English", [r for r in bulk_rows(DAYS) if r[3] != "true"], None),
    Source("Search Console, by hour", "English", _hourly(), None),
    Source("Search Console, by week", "English", _weekly(), None),
    Source("Search Console, page indexing", "English", _indexing(), None),
    Source("Search Console, queries alone", "English", _alone("Top queries", gsc_rows(DAYS)), None),
    Source("Looker Studio, by day and query", "English", looker_rows_by(DAYS, "Query", ("shoes", "hats")), None),
)


@dataclass(frozen=True)
class Container:
    """A file's form: its name, how it is written, and whether another hand than the tool's wrote numbers and days."""

    words: str
    name: str
    write: Callable[[Rows, Grammar], bytes]
    is_local: bool = False


def _spreadsheet(rows: Rows, grammar: Grammar) -> bytes:
    return as_text(rows, ";" if grammar.decimal == "," else ",", "utf-8-sig")


CONTAINERS = (
    Container("`.csv`", "table.csv", lambda rows, _: as_text(rows)),
    Container("`.zip`", "table.zip", lambda rows, _: archive({"Chart.csv": as_text(rows)})),
    Container("`.xlsx`", "table.xlsx", lambda rows, _: workbook({"Sheet": rows})),
    Container("`.xlsx`, typed", "table.xlsx", lambda rows, _: typed_workbook(rows)),
    Container("`.parquet`", "table.parquet", lambda rows, _: typed_parquet(rows)),
    Container("`.parquet` of texts", "table.parquet", lambda rows, _: as_parquet(rows, as_written=True)),
    Container("`.csv`, saved again", "table.csv", _spreadsheet, is_local=True),
    Container("UTF-16 `.tsv`, saved again", "table.tsv", lambda rows, _: as_text(rows, "\t", "utf-16"), is_local=True),
)


def outcome(source: Source, container: Container) -> str:
    """Return what reading does: nothing where it is read as wanted, else the reason; a wrong reading is an error."""
    if source.has_lines_above and container.name.endswith(".parquet"):
        return NEVER_SO
    grammar = source.grammar if container.is_local else ALWAYS_PLAIN
    data = container.write(written(source.rows, replace(grammar, words="")), grammar)
    try:
        export = read_upload(container.name, data, today=TODAY)
    except ExportRefusedError as refusal:
        return _general(str(refusal))
    assert isinstance(export, Export)
    assert source.wanted is None or numbers(export) == list(source.wanted), (source.tool, source.language, container)
    return ""


def _general(sentence: str) -> str:
    """Return a refusal without the place in the made-up file."""
    return re.sub(r"^table\.\w+(?: \([^)]*\))?(?:, [^:]*)?: ", "", sentence)


def matrix() -> str:
    """Return the table; languages of which all is the same share a row, reasons stand below."""
    rows: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for source in SOURCES:
        cells = tuple(outcome(source, container) for container in CONTAINERS)
        rows.setdefault((source.tool, cells), []).append(source.language)
    reasons = list(dict.fromkeys(cell for _, cells in rows for cell in cells if cell not in ("", NEVER_SO)))
    head = ["table", "languages", *(container.words for container in CONTAINERS)]
    lines = [head, ["---"] * len(head)]
    for (tool, cells), languages in rows.items():
        lines.append([tool, ", ".join(languages), *(_word(one, reasons) for one in cells)])
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    below = "\n".join(f"{place}. {reason}" for place, reason in enumerate(reasons, 1))
    return f"{table}\n\nNo, because:\n\n{below}\n"


def _word(reason: str, reasons: Sequence[str]) -> str:
    if reason in ("", NEVER_SO):
        return reason or "yes"
    return f"no ({reasons.index(reason) + 1})"


def main() -> None:
    before, shown = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{matrix()}{END}{shown.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
