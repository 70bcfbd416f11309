import dataclasses
import datetime as dt
import io
import json
from functools import cache
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.breakdowns import Breakdown, BreakdownRow, Comparison, Period, period_of
from serp_radio_pipeline.ingest.daily_metrics import FIRST_DATE, DailyMetrics, DailyRow, SeriesIdentity
from serp_radio_pipeline.labels.model import train
from serp_radio_pipeline.labels.rules import Label
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.music.midi_file import midi_bytes
from serp_radio_pipeline.radio.episode import make_episode
from serp_radio_pipeline.radio.feed_entry import feed_entry
from serp_radio_pipeline.radio.first_edition import first_edition
from serp_radio_pipeline.radio.overview import Overview, TenantState
from serp_radio_pipeline.storage.codecs import (
    CODECS,
    CodecError,
    dump_daily_metrics,
    load_daily_metrics,
)
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import RULES, SUNDAY, demo_score, labels_of, metrics_of, score_of
from serp_radio_pipeline_tests.test_tenant import slugs

texts = st.none() | st.text(max_size=20)
filters = st.none() | st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=3).map(tuple)
moments = st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001


@st.composite
def any_rows(draw: st.DrawFn, *, longest: int = 20) -> tuple[DailyRow, ...]:
    dates = draw(st.sets(st.dates(FIRST_DATE, dt.date(2100, 1, 1)), max_size=longest))
    return tuple(draw(_row(date)) for date in sorted(dates))


@st.composite
def _row(draw: st.DrawFn, date: dt.date) -> DailyRow:
    impressions = draw(st.integers(0, 2**62))
    position = draw(st.floats(1, 9999)) if impressions else None
    source = draw(st.sampled_from(["gsc", "tracker"]))
    return DailyRow(
        date, draw(st.integers(0, 2**62)), impressions, position, draw(st.booleans()), source, draw(moments)
    )


@st.composite
def recent_rows(draw: st.DrawFn) -> tuple[DailyRow, ...]:
    """A few weeks that end on the usual Sunday, with gaps, empty days and provisional ones."""
    rows = []
    for back in range(draw(st.integers(0, 40)), -1, -1):
        if back and draw(st.integers(0, 5)) == 0:
            continue
        impressions = draw(st.sampled_from([0, 1, 900, 10**7]))
        clicks = draw(st.integers(0, impressions))
        position = draw(st.floats(1, 100)) if impressions else None
        rows.append(DailyRow(SUNDAY - dt.timedelta(days=back), clicks, impressions, position, back < 2))
    return tuple(rows)


def through(asset: str, value: Any) -> Any:
    codec = CODECS[asset]
    return codec.load(codec.dump(value))


@given(slugs, any_rows(), texts, texts, filters)
@settings(deadline=None, max_examples=60)
def test_any_daily_table_comes_back_from_parquet_as_it_was(
    slug: str, rows: tuple[DailyRow, ...], site: str | None, search_type: str | None, chosen: Any
) -> None:
    metrics = DailyMetrics(Tenant(slug), rows, SeriesIdentity(site, search_type, chosen))
    back = through("raw_metrics", metrics)
    assert back == metrics
    assert back.data_version() == metrics.data_version()


@given(st.lists(st.text(min_size=1), unique=True, max_size=4), st.booleans())
@settings(deadline=None, max_examples=30)
def test_comparisons_come_back_with_the_daily_table_and_count_in_its_version(labels: list[str], dated: bool) -> None:
    rows = tuple(BreakdownRow(label, i, 3 * i, 1.25 if i else None) for i, label in enumerate(labels))
    before = period_of(SUNDAY - dt.timedelta(days=13), SUNDAY - dt.timedelta(days=7)) if dated else Period("before")
    now = period_of(SUNDAY - dt.timedelta(days=6), SUNDAY) if dated else Period("now")
    compared = Comparison(Breakdown("page", before, rows), Breakdown("page", now, rows[1:], 900), SUNDAY)
    metrics = dataclasses.replace(metrics_of("flat"), comparisons=(compared,))
    back = through("raw_metrics", metrics)
    assert back == metrics
    assert back.data_version() == metrics.data_version() != metrics_of("flat").data_version()
    assert back.up_to(SUNDAY) == metrics_of("flat").up_to(SUNDAY)


@given(recent_rows(), st.sampled_from(["1d", "5d", "8w", "13w"]))
@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.too_slow])
def test_any_labels_and_score_come_back_from_json_as_they_were(rows: tuple[DailyRow, ...], lookback: str) -> None:
    metrics = metrics_of(rows)
    labels, score = labels_of(metrics), score_of(metrics, lookback)
    assert through("labels", labels) == labels
    assert through("controls", score) == score


@cache
def stored(asset: str) -> bytes:
    return CODECS[asset].dump(values()[asset])


def values() -> dict[str, Any]:
    score = demo_score()
    metrics = metrics_of("demo")
    midi = midi_bytes(score)
    clicks = tuple(day.clicks for day in score.days)
    states = (
        TenantState(Tenant("a"), has_uploads=False),
        TenantState(Tenant("b"), True, score.date, Label.MOMENTUM_POS, "passed", clicks, "s3://bucket/b.mp3"),
    )
    overview = Overview(dt.datetime(2026, 3, 25, 7, tzinfo=dt.UTC), states)
    labels = labels_of(metrics)
    stages = {"raw_metrics": metrics, "labels": labels, "controls": score, "midi": midi, "mp3": b"ID3"}
    stages |= {"trained_model": train(labels), "episode": make_episode(score, b"ID3")}
    stages["feed"] = feed_entry(score, b"ID3", first_edition(score, b"ID3"))
    motifs = shipped_catalogue(RULES / "motifs")
    return {**stages, "tenant_overview": overview, "motif_catalog": motifs}


def test_every_asset_has_a_codec() -> None:
    assert set(values()) == set(CODECS)


@pytest.mark.parametrize("asset", sorted(CODECS))
def test_the_same_value_always_gives_the_same_bytes(asset: str) -> None:
    codec, value = CODECS[asset], values()[asset]
    first = codec.dump(value)
    assert isinstance(first, bytes)
    assert codec.dump(codec.load(first)) == first == codec.dump(values()[asset])


def test_the_parquet_file_is_a_plain_table_for_any_reader() -> None:
    metrics = metrics_of("zero days")
    table = pq.read_table(io.BytesIO(dump_daily_metrics(metrics)))
    assert table.column_names == [
        *("date", "clicks", "impressions", "ctr", "position", "is_provisional", "source", "observed_at"),
    ]
    assert table["clicks"].to_pylist() == [row.clicks for row in metrics.rows]
    assert table["ctr"].to_pylist() == [row.ctr for row in metrics.rows]
    assert None in table["position"].to_pylist()


def test_labels_and_score_are_json_that_any_reader_can_read() -> None:
    for asset in ("labels", "controls"):
        assert json.loads(CODECS[asset].dump(values()[asset]))["tenant"] == "demo"


@pytest.mark.parametrize("asset", ["raw_metrics", "labels", "controls"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff garbage", b"{}", b"[]", b"null", b"PAR1", b'{"format": 1}'])
def test_bytes_that_are_something_else_are_refused_in_a_sentence(asset: str, content: bytes) -> None:
    with pytest.raises(
        CodecError, match=r"^The stored .+ can't be read \(.+\); make the tenant-day again\.$"
    ) as caught:
        CODECS[asset].load(content)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("asset", ["raw_metrics", "labels", "controls"])
@given(share=st.floats(0, 1, exclude_max=True))
@settings(deadline=None, max_examples=20)
def test_an_artefact_that_was_cut_short_is_refused(asset: str, share: float) -> None:
    content = stored(asset)
    with pytest.raises(CodecError):
        CODECS[asset].load(content[: int(share * len(content))])


def test_a_table_that_breaks_its_schema_is_refused_on_the_way_back() -> None:
    metrics = metrics_of("four weeks")
    table = pq.read_table(io.BytesIO(dump_daily_metrics(metrics)))
    buffer = io.BytesIO()
    pq.write_table(table.take([1, 0]), buffer)
    with pytest.raises(CodecError, match="does not come after"):
        load_daily_metrics(buffer.getvalue())
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(None), buffer)
    with pytest.raises(CodecError):
        load_daily_metrics(buffer.getvalue())
