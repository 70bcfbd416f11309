"""What an upload may be: an export with days, one that compares two periods, or a fetch. This door reads each."""

import datetime as dt
from collections.abc import Sequence

from serp_radio_pipeline.ingest.column_answers import ColumnAnswer
from serp_radio_pipeline.ingest.comparison_export import ComparisonExport, read_comparison_export
from serp_radio_pipeline.ingest.console_export import read_console_export
from serp_radio_pipeline.ingest.console_fetch import is_console_fetch
from serp_radio_pipeline.ingest.export import Export, read_export
from serp_radio_pipeline.ingest.limits import ReadingLimits, check_size
from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError
from serp_radio_pipeline.ingest.vocabulary import default_vocabulary


def read_upload(
    file_name: str,
    data: bytes,
    *,
    today: dt.date,
    limits: ReadingLimits | None = None,
    answers: Sequence[ColumnAnswer] = (),
) -> Export | ComparisonExport:
    """Read one uploaded file; `today` is the last day that can have data, `answers` what people said of
    columns, oldest first.

    Raises:
        ExportRefusedError: the file is none of them, or can't be read with certainty.
    """
    if is_console_fetch(data):
        check_size(file_name, len(data), limits or ReadingLimits())
        return read_console_export(file_name, data, today=today)
    try:
        return read_export(file_name, data, today=today, limits=limits, answers=answers)
    except ExportRefusedError as refusal:
        if refusal.closeness is not Closeness.COMPARISON:
            raise
        found = read_comparison_export(
            file_name, data, today=today, limits=limits or ReadingLimits(), vocabulary=default_vocabulary()
        )
        if found is None:
            raise
        return found
