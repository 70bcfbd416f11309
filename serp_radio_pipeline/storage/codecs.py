"""One codec per artefact: values to bytes and back. JSON and Parquet only: a pickle would execute code when read."""

import datetime as dt
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.ingest.breakdowns import Breakdown, BreakdownRow, Comparison, Dimension, Period
from serp_radio_pipeline.ingest.daily_metrics import DailyMetrics, DailyRow, SeriesIdentity
from serp_radio_pipeline.ingest.daily_ranks import DailyRanks, DayRanks
from serp_radio_pipeline.labels.week_labels import WeekLabels
from serp_radio_pipeline.motifs.catalog import MotifCatalog
from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.episode import Episode
from serp_radio_pipeline.radio.feed_entry import FeedEntry
from serp_radio_pipeline.radio.overview import Overview
from serp_radio_pipeline.storage.model_file import dump_model, load_model
from serp_radio_pipeline.tenant import Tenant

METADATA_KEY = b"serp_radio"
COMPARISONS_KEY = b"serp_radio_comparisons"
RANKS_KEY = b"serp_radio_ranks"
_WRONG_BYTES = (OSError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError, SerpRadioError)
ROW_FIELDS = ("date", "clicks", "impressions", "position", "is_provisional", "source", "observed_at")


class CodecError(SerpRadioError):
    """Bytes that are not what their key says."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How one kind of artefact is stored: its file extension, and the way to bytes and back.

    `beside` are files of the same date, by the folder they lie in and their extension: they are written first.
    """

    extension: str
    dump: Callable[[Any], bytes]
    load: Callable[[bytes], Any]
    beside: Callable[[Any], Mapping[tuple[str, str], bytes]] = lambda _: {}


def dump_daily_metrics(metrics: DailyMetrics) -> bytes:
    """Return the daily table as Parquet: a column per field, `ctr` for readers, all else as metadata."""
    import pyarrow as pa  # noqa: PLC0415 - 0.3 s of import
    import pyarrow.parquet as pq  # noqa: PLC0415

    columns = {name: [getattr(row, name) for row in metrics.rows] for name in ROW_FIELDS}
    schema = pa.schema(
        [
            ("date", pa.date32()),
            ("clicks", pa.int64()),
            ("impressions", pa.int64()),
            ("ctr", pa.float64()),
            ("position", pa.float64()),
            ("is_provisional", pa.bool_()),
            ("source", pa.string()),
            ("observed_at", pa.timestamp("us", tz="UTC")),
        ],
        metadata=_parquet_metadata(metrics),
    )
    table = pa.table({**columns, "ctr": [row.ctr for row in metrics.rows]}, schema=schema)
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def load_daily_metrics(content: bytes) -> DailyMetrics:
    """Read a daily table back.

    Raises:
        CodecError: the bytes are no daily table.
    """
    import pyarrow as pa  # noqa: PLC0415 - 0.3 s of import
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        table = pq.read_table(io.BytesIO(content))
        identity = json.loads(table.schema.metadata[METADATA_KEY])
        rows = table.select(list(ROW_FIELDS)).to_pylist()
        filters = identity["filters"]
        return DailyMetrics(
            Tenant(identity["tenant"]),
            tuple(DailyRow(**{**row, "observed_at": row["observed_at"].astimezone(dt.UTC)}) for row in rows),
            SeriesIdentity(
                identity["site"],
                identity["search_type"],
                None if filters is None else tuple((name, value) for name, value in filters),
            ),
            tuple(_comparison(one) for one in json.loads(table.schema.metadata.get(COMPARISONS_KEY, b"[]"))),
            _ranks(table.schema.metadata.get(RANKS_KEY)),
        )
    except (pa.ArrowException, *_WRONG_BYTES) as error:
        raise _unreadable("daily table", error) from error


def _parquet_metadata(metrics: DailyMetrics) -> dict[bytes, bytes]:
    metadata = {METADATA_KEY: json.dumps(_identity_json(metrics)).encode()}
    if metrics.comparisons:
        metadata[COMPARISONS_KEY] = json.dumps([_comparison_json(one) for one in metrics.comparisons]).encode()
    if metrics.ranks:
        metadata[RANKS_KEY] = json.dumps([_rank_json(day) for day in metrics.ranks.days]).encode()
    return metadata


def _rank_json(day: DayRanks) -> dict[str, object]:
    return {**asdict(day), "date": day.date.isoformat()}


def _ranks(written: bytes | None) -> DailyRanks | None:
    if written is None:
        return None
    days = (DayRanks(**{**day, "date": dt.date.fromisoformat(day["date"])}) for day in json.loads(written))
    return DailyRanks(tuple(days))


def _comparison_json(comparison: Comparison) -> dict[str, object]:
    return {
        "dimension": comparison.dimension,
        "known_on": comparison.known_on.isoformat(),
        "periods": [_breakdown_json(table) for table in (comparison.before, comparison.now)],
    }


def _breakdown_json(table: Breakdown) -> dict[str, object]:
    ends = [end.isoformat() if end else None for end in (table.period.first, table.period.last)]
    return {
        "period": [table.period.words, *ends],
        "total_clicks": table.total_clicks,
        "rows": [[row.label, row.clicks, row.impressions, row.position] for row in table.rows],
    }


def _comparison(written: dict[str, Any]) -> Comparison:
    before, now = (_breakdown(written["dimension"], table) for table in written["periods"])
    return Comparison(before, now, dt.date.fromisoformat(written["known_on"]))


def _breakdown(dimension: Dimension, written: dict[str, Any]) -> Breakdown:
    words, *ends = written["period"]
    first, last = (dt.date.fromisoformat(end) if end else None for end in ends)
    rows = tuple(BreakdownRow(*row) for row in written["rows"])
    return Breakdown(dimension, Period(words, first, last), rows, written["total_clicks"])


def _identity_json(metrics: DailyMetrics) -> dict[str, object]:
    identity = metrics.identity
    return {
        "tenant": metrics.tenant.slug,
        "site": identity.site,
        "search_type": identity.search_type,
        "filters": identity.filters,
    }


def dump_labels(labels: WeekLabels) -> bytes:
    """Return labels as canonical JSON."""
    return json.dumps(labels.to_json(), indent=1, ensure_ascii=False).encode()


def load_labels(content: bytes) -> WeekLabels:
    """Read labels back.

    Raises:
        CodecError: the bytes are no labels.
    """
    try:
        return WeekLabels.from_json(json.loads(content))
    except (ValueError, SerpRadioError) as error:
        raise _unreadable("labels", error) from error


def load_score(content: bytes) -> Score:
    """Read a score back.

    Raises:
        CodecError: the bytes are no score.
    """
    try:
        return Score.from_json(content)
    except ValueError as error:
        raise _unreadable("score", error) from error


def _unreadable(what: str, error: Exception) -> CodecError:
    reason = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".:")
    return CodecError(f"The stored {what} can't be read ({reason}); make the tenant-day again.")


def as_bytes(content: bytes) -> bytes:
    """Return bytes as they are: MIDI and MP3 are their own format."""
    return bytes(content)


def dump_page(episode: Episode | bytes) -> bytes:
    """Return an episode's page as it is; read back, the page is all that there is."""
    return episode if isinstance(episode, bytes) else episode.page


CODECS: Mapping[str, Codec] = {
    "raw_metrics": Codec("parquet", dump_daily_metrics, load_daily_metrics),
    "labels": Codec("json", dump_labels, load_labels),
    "trained_model": Codec("skops", dump_model, load_model),
    "motif_catalog": Codec("json", MotifCatalog.to_json, MotifCatalog.from_json),
    "controls": Codec("json", Score.to_json, load_score),
    "midi": Codec("mid", as_bytes, as_bytes),
    "mp3": Codec("mp3", as_bytes, as_bytes),
    "episode": Codec("html", dump_page, as_bytes, Episode.beside_the_page),
    "feed": Codec("json", FeedEntry.to_json, FeedEntry.from_json),
    "tenant_overview": Codec("json", Overview.to_json, Overview.from_json),
}
"""The codec of each asset."""
