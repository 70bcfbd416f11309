"""Honest made-up daily series in the shape of Search Console exports: for the demo, the benchmarks and the tests.

Impressions, position and clicks hang together as in real search: demand drives impressions, position drives CTR, clicks
are drawn from impressions. Numbers follow from a recipe and its seed alone.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from serp_radio_pipeline.ingest.daily_metrics import DailyRow
from serp_radio_pipeline.ingest.demo_breakdowns import (
    CTR_DECAY,
    PAGES,
    QUERIES,
    TOP_PAGES,
    TOP_QUERIES,
    breakdown_csv,
    short_number,
    zip_of,
)

Shape = Literal["chart", "dates"]
Floats = NDArray[np.float64]

HEADER = "Date,Clicks,Impressions,CTR,Position"
DEMAND_NOISE_SHARE = 0.6
"""How much of a day's noise is demand, heard in impressions too; the rest is CTR."""

POSITION_SPREAD = 6.0
"""Standard deviation of single impressions' ranks, in places; a day's mean has this over the root of impressions."""


@dataclass(frozen=True)
class SeriesRecipe:
    """What a made-up site goes through, day 0 being the first.

    `clicks` is the usual number a day at the end of the trend, `ctr` the share of clicks at `position` (mean rank).
    `weekday_factor` is the best weekday over the worst, `noise` the standard deviation of the log of a day's clicks
    beside the weekday (whole clicks add the more the fewer there are), `trend` the log change of demand a week.
    `steps` and `spikes` are (day, factor): a step lasts, a spike is one day. `updates` are (day, places): the position
    worsens by so many places, and CTR with it. `quiet` are (first day, days) without impressions, `gaps` are (first
    day, days) that the export does not hold.
    """

    name: str
    seed: int
    days: int
    clicks: float
    ctr: float = 0.03
    position: float = 12.0
    weekday_factor: float = 1.6
    noise: float = 0.12
    trend: float = 0.0
    steps: tuple[tuple[int, float], ...] = ()
    spikes: tuple[tuple[int, float], ...] = ()
    updates: tuple[tuple[int, float], ...] = ()
    quiet: tuple[tuple[int, int], ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()
    is_weekend_site: bool = False


def demo_series(recipe: SeriesRecipe, last_date: dt.date) -> tuple[DailyRow, ...]:
    """Return the recipe's days up to `last_date`, ascending; days in gaps are left out."""
    rng = np.random.default_rng(recipe.seed)
    days = np.arange(recipe.days)
    first = last_date - dt.timedelta(days=recipe.days - 1)
    demand = _demand(recipe, days, first, rng)
    position = _position(recipe, days, rng)
    ctr = np.clip(recipe.ctr * (position / recipe.position) ** -CTR_DECAY, 1e-5, 0.9)
    own_noise = recipe.noise * np.sqrt(1 - DEMAND_NOISE_SHARE**2)
    ctr = np.clip(ctr * np.exp(rng.normal(0, own_noise, recipe.days)), 1e-5, 0.95)
    impressions = rng.poisson(recipe.clicks / recipe.ctr * demand)
    for start, length in recipe.quiet:
        impressions[start : start + length] = 0
    clicks = rng.binomial(impressions, ctr)
    spread = rng.normal(0, 1, recipe.days) * POSITION_SPREAD / np.sqrt(np.maximum(impressions, 1))
    seen = np.maximum(1.0, position + spread)
    missing = {day for start, length in recipe.gaps for day in range(start, start + length)}
    return tuple(
        DailyRow(
            first + dt.timedelta(days=i),
            int(clicks[i]),
            int(impressions[i]),
            round(float(seen[i]), 2) if impressions[i] else None,
        )
        for i in range(recipe.days)
        if i not in missing
    )


def _demand(recipe: SeriesRecipe, days: NDArray[np.int_], first: dt.date, rng: np.random.Generator) -> Floats:
    """Return the demand of each day, 1 being usual."""
    swing = np.log(recipe.weekday_factor)
    # Monday to Sunday, from the best day (1) to the worst (0); a weekend site has it the other way round
    shape = np.array([0.92, 1.0, 0.97, 0.9, 0.7, 0.0, 0.12])
    weekday = (1 - shape if recipe.is_weekend_site else shape)[(days + first.weekday()) % 7]
    log = swing * (weekday - np.median(shape)) + recipe.trend * (days - days[-1]) / 7
    shocks = rng.normal(0, recipe.noise * DEMAND_NOISE_SHARE, len(days))
    for day in range(1, len(days)):
        shocks[day] += 0.3 * shocks[day - 1]
    log = log + shocks
    for day, factor in recipe.steps:
        log[day:] += np.log(factor)
    for day, factor in recipe.spikes:
        log[day] += np.log(factor)
    return np.asarray(np.exp(log), dtype=np.float64)


def _position(recipe: SeriesRecipe, days: NDArray[np.int_], rng: np.random.Generator) -> Floats:
    """Return the mean rank of each day: a slow walk around the recipe's, moved by updates."""
    walk = np.zeros(len(days))
    shocks = rng.normal(0, 0.015, len(days))
    for day in range(1, len(days)):
        walk[day] = 0.95 * walk[day - 1] + shocks[day]
    position = recipe.position * np.exp(walk)
    for day, places in recipe.updates:
        position[day:] += places
    return np.asarray(np.maximum(1.0, position), dtype=np.float64)


def generate_export_csv(rows: Sequence[DailyRow], shape: Shape = "chart") -> bytes:
    """Return rows as Search Console writes them, UTF-8, LF, without a final newline.

    "chart" is the newer form, ascending with one decimal of position and `0,0,,` on empty days; "dates" the older one,
    descending with two and `0,0,0%,0`.
    """
    ordered = rows if shape == "chart" else tuple(reversed(rows))
    places, empty = (1, "0,0,,") if shape == "chart" else (2, "0,0,0%,0")
    lines = [HEADER]
    for row in ordered:
        if row.position is None:
            lines.append(f"{row.date},{empty}")
            continue
        ctr = short_number(100 * row.clicks / row.impressions, 2)
        lines.append(f"{row.date},{row.clicks},{row.impressions},{ctr}%,{short_number(row.position, places)}")
    return "\n".join(lines).encode()


def generate_export_zip(
    rows: Sequence[DailyRow], shape: Shape = "chart", filters: Sequence[tuple[str, str]] = ()
) -> bytes:
    """Return the archive that Search Console writes around the table: with breakdowns and the table of filters."""
    clicks, impressions = sum(row.clicks for row in rows), max(1, sum(row.impressions for row in rows))
    weighted = sum((row.position or 0) * row.impressions for row in rows) / impressions
    ctr, position = short_number(100 * clicks / impressions, 2), short_number(max(1.0, weighted), 1)
    total = f"{clicks},{impressions},{ctr}%,{position}"
    stated = "".join(f"\n{name},{value}" for name, value in filters)
    members = {
        "Queries.csv": breakdown_csv(TOP_QUERIES, QUERIES, rows),
        "Pages.csv": breakdown_csv(TOP_PAGES, PAGES, rows),
        "Countries.csv": f"Country,{HEADER[5:]}\nUnited States,{total}",
        "Devices.csv": f"Device,{HEADER[5:]}\nMobile,{total}",
        "Search appearance.csv": f"Search Appearance,{HEADER[5:]}",
        "Filters.csv": f"Filter,Value\nSearch type,Web\nDate,Last 16 months{stated}",
    }
    name = "Chart.csv" if shape == "chart" else "Dates.csv"
    return zip_of({name: generate_export_csv(rows, shape), **{key: text.encode() for key, text in members.items()}})


DEMO = SeriesRecipe(
    "demo",
    seed=20260105,
    days=210,
    clicks=320,
    ctr=0.035,
    position=9.0,
    weekday_factor=1.9,
    noise=0.09,
    trend=0.04,
    steps=((150, 1.25),),
    spikes=((120, 1.9), (203, 1.6)),
    updates=((60, 1.8), (95, -1.8)),
)
"""The demo tenant: a growing site with a lost and regained ranking, a launch, and two good days."""


def _recipes() -> tuple[SeriesRecipe, ...]:
    months_16 = 486
    return (
        DEMO,
        SeriesRecipe("one click a day", 1, 120, 1.0, 0.01, 35.0, 1.1, 0.6),
        SeriesRecipe("few clicks", 2, 92, 4.0, 0.008, 40.0, 1.3, 0.5, trend=-0.02),
        SeriesRecipe("small and steady", 3, 90, 30.0, 0.03, 25.0, 1.2, 0.2),
        SeriesRecipe("flat", 4, 180, 900.0, 0.04, 8.0, 1.1, 0.05),
        SeriesRecipe("office week", 5, 184, 7000.0, 0.035, 30.0, 4.2, 0.06, trend=0.01),
        SeriesRecipe("weekend site", 6, 184, 1500.0, 0.05, 6.0, 2.6, 0.1, is_weekend_site=True),
        SeriesRecipe("noisy", 7, 120, 60.0, 0.02, 18.0, 1.5, 0.6),
        SeriesRecipe("rising", 8, 240, 250.0, 0.03, 14.0, 1.6, 0.15, trend=0.06),
        SeriesRecipe("falling", 9, 240, 400.0, 0.02, 11.0, 1.6, 0.15, trend=-0.06),
        SeriesRecipe("step up", 10, 150, 500.0, 0.03, 10.0, 1.4, 0.1, steps=((110, 2.4),)),
        SeriesRecipe("step down", 11, 150, 500.0, 0.03, 10.0, 1.4, 0.1, steps=((110, 0.35),)),
        SeriesRecipe("spikes", 12, 150, 200.0, 0.04, 9.0, 1.3, 0.12, spikes=((60, 8.0), (100, 0.1), (148, 5.0))),
        SeriesRecipe("zero days", 13, 120, 8.0, 0.03, 22.0, 1.8, 0.4, quiet=((20, 3), (50, 1), (90, 6))),
        SeriesRecipe("begins from nothing", 14, 100, 25.0, 0.04, 30.0, 1.5, 0.3, trend=0.25, quiet=((0, 25),)),
        SeriesRecipe("gaps", 15, 150, 300.0, 0.03, 12.0, 1.6, 0.15, gaps=((30, 1), (70, 9), (140, 2))),
        SeriesRecipe("update", 16, 200, 800.0, 0.03, 7.0, 1.7, 0.1, steps=((150, 0.8),), updates=((150, 6.0),)),
        SeriesRecipe("large", 17, months_16, 20_000.0, 0.05, 12.0, 1.5, 0.06, trend=0.004),
        SeriesRecipe("very large", 18, months_16, 100_000.0, 0.06, 10.0, 2.2, 0.05, updates=((300, 3.0),)),
        SeriesRecipe("brand at first place", 19, 120, 150.0, 0.45, 1.0, 1.9, 0.1),
        SeriesRecipe("four weeks", 20, 28, 120.0, 0.03, 15.0, 1.6, 0.2),
    )


HARD_SETS: Mapping[str, SeriesRecipe] = MappingProxyType({recipe.name: recipe for recipe in _recipes()})
"""Series that reading, mapping and decoding must survive: from 1 click a day to 100,000, up to 16 months."""
