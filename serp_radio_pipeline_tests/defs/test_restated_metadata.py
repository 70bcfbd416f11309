import datetime as dt
import hashlib

from serp_radio_pipeline.defs.metadata import daily_table_metadata
from serp_radio_pipeline.ingest.fold import Upload, fold_uploads
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.ingest.export_files import read, table


def uploaded(hour: int, *lines: str) -> Upload:
    text = table(*lines)
    came = dt.datetime(2026, 4, 1, hour, tzinfo=dt.UTC)
    return Upload(f"{hour}.csv", came, hashlib.sha256(text.encode()).hexdigest(), read(f"{hour}.csv", text))


def test_the_run_shows_what_the_last_uploads_changed_up_to_its_day() -> None:
    history = fold_uploads(
        Tenant("acme"),
        [
            uploaded(9, "2026-03-04,5,100,5%,3", "2026-03-05,5,100,5%,3"),
            uploaded(10, "2026-03-04,6,100,6%,3", "2026-03-05,7,100,7%,3", "2026-03-06,7,100,7%,3"),
        ],
    )
    shown = daily_table_metadata(history.known_on(dt.date(2026, 3, 4)), history)["days restated by the last uploads"]
    assert [record.data for record in shown.records] == [
        {"day": "2026-03-04", "metric": "clicks", "before": "5", "now": "6", "upload": "10.csv"}
    ]
