"""Names for what is not a daily table, so that a refusal says what the file is and what to upload instead."""

from collections.abc import Sequence

from serp_radio_pipeline.ingest.columns import MOST_COLUMNS, Column, make_column, ratios
from serp_radio_pipeline.ingest.dates import kind_of
from serp_radio_pipeline.ingest.filters import is_filters_table
from serp_radio_pipeline.ingest.recognition import COMPARISON, is_comparison
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.vocabulary import OtherReport, Vocabulary, meaning, normalised

FEWEST_DATED_HEADERS = 3
FEWEST_REPORT_HEADERS = 2
SAMPLE_ROWS = 1000
HEAD_ROWS = 8
WHAT_TO_UPLOAD = "upload the whole .zip or .xlsx, or its Dates or Chart table"


def report_in_name(file_name: str, vocabulary: Vocabulary) -> OtherReport | None:
    """Return the other report whose word stands in a Search Console file name, `...-<word>-YYYY-MM-DD...`."""
    name = normalised(file_name)
    for report in vocabulary.other_reports:
        for word in report.file_words:
            before, found, after = name.rpartition(f"-{word}-")
            if found and before and kind_of(after[:10]) == "day":
                return report
    return None


def report_in_headers(header: Sequence[str], vocabulary: Vocabulary) -> OtherReport | None:
    """Return the other report to which at least two of the column names belong."""
    words = {normalised(cell) for cell in header}
    for report in vocabulary.other_reports:
        if len(words & report.headers) >= FEWEST_REPORT_HEADERS:
            return report
    return None


def other_report_sentence(report: OtherReport) -> str:
    """Say that a file is another report, and which one to export."""
    return (
        f"this is a {report.report} report, not performance in search; export Performance on Search results from "
        "Search Console."
    )


def has_date_columns(table: Table) -> bool:
    """Whether the table is wide: dates stand side by side in one of its first rows."""
    return any(sum(kind_of(cell) is not None for cell in row) >= FEWEST_DATED_HEADERS for row in table.rows[:HEAD_ROWS])


def name_other_table(table: Table, vocabulary: Vocabulary) -> ExportRefusedError:
    """Return the refusal of a table without days."""
    rows = [row for row in table.rows if any(cell.strip() for cell in row)]
    if not rows:
        return table.refusal(
            "the file has no rows; export it from Search Console again.", closeness=Closeness.NOT_A_TABLE
        )
    header = max(rows[:HEAD_ROWS], key=lambda row: sum(bool(cell.strip()) for cell in row))
    if report := report_in_headers(header, vocabulary):
        return table.refusal(other_report_sentence(report), closeness=Closeness.OTHER_REPORT)
    if has_date_columns(table):
        return table.refusal(
            "it has one column per date, as a rank tracker writes it; export the daily table from Search Console.",
            closeness=Closeness.OTHER_REPORT,
        )
    if is_filters_table(table, vocabulary):
        return table.refusal(
            f"this is only the table of filters and holds no days; {WHAT_TO_UPLOAD}.", closeness=Closeness.FILTERS
        )
    if len(rows) == 1 and any(vocabulary.role_of(cell) == "date" for cell in header):
        return table.refusal(
            "there is a header and no days under it; export a period with data.", closeness=Closeness.FAULTY
        )
    return _name_breakdown(table, rows, header, vocabulary)


def _name_breakdown(
    table: Table, rows: Sequence[Sequence[str]], header: Sequence[str], vocabulary: Vocabulary
) -> ExportRefusedError:
    columns = _columns_below(rows, header)
    words = meaning(vocabulary.breakdowns, header[0])
    known_roles = {role for cell in header if (role := vocabulary.role_of(cell))}
    numeric = [column for column in columns if column.readings][:MOST_COLUMNS]
    named_twice = sum(any(w in normalised(c) for w in vocabulary.columns["clicks"]) for c in header) > 1
    if named_twice or is_comparison(numeric):
        return table.refusal(COMPARISON, closeness=Closeness.COMPARISON)
    if "date" in known_roles:
        return table.refusal(
            "the date column holds no dates; write them as YYYY-MM-DD, or export the file again.",
            closeness=Closeness.FAULTY,
        )
    if words or len(known_roles) >= 2 or ratios(numeric):
        what = words or f"'{shown(header[0])}'"
        return table.refusal(
            f"this table breaks the numbers down by {what} and holds no days; {WHAT_TO_UPLOAD}.",
            closeness=Closeness.BREAKDOWN,
        )
    return table.refusal(
        "no daily table was found in it; upload a Search Console performance export as .csv, .zip or .xlsx.",
        closeness=Closeness.NOT_A_TABLE,
    )


def _columns_below(rows: Sequence[Sequence[str]], header: Sequence[str]) -> list[Column]:
    width = len(header)
    start = next(i for i, row in enumerate(rows) if row is header) + 1
    body = [(*row, *("",) * width)[:width] for row in rows[start : start + SAMPLE_ROWS]]
    if not body:
        return []
    cells = list(zip(*body, strict=True))
    return [make_column(i, header[i], cells[i]) for i in range(min(width, 12))]
