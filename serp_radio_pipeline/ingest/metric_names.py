"""What the four metrics of the daily table are called: those of searches, or those of a rank tracker."""

from dataclasses import dataclass
from typing import Literal

from serp_radio_pipeline.ingest.vocabulary import SERP

MetricName = Literal["clicks", "impressions", "ctr", "position"]


@dataclass(frozen=True, slots=True)
class MetricNames:
    """The names of what a row's `clicks`, `impressions`, `ctr` and `position` are, in the middle of a sentence.

    `columns` are the same as names of columns. `is_ranks` says that they are a rank tracker's.
    """

    clicks: str
    impressions: str
    ctr: str
    position: str
    columns: tuple[str, str, str, str]
    is_ranks: bool

    def of(self, metric: MetricName) -> str:
        """Return the name of one of them."""
        name: str = getattr(self, metric)
        return name

    def plain_clicks(self, value: float) -> str:
        """Return a value of `clicks` without a locale's marks: `1234`, or `12.34 %` for visibility."""
        return f"{value / 100:.2f} %" if self.is_ranks else f"{value:.0f}"


OF_SEARCHES = MetricNames(
    "clicks", "impressions", "CTR", "position", ("clicks", "impressions", "ctr", "position"), is_ranks=False
)
OF_RANKS = MetricNames(
    "visibility",
    "ranked keywords",
    "visibility per ranked keyword",
    "average rank",
    ("visibility", "ranked_keywords", "visibility_per_keyword", "average_rank"),
    is_ranks=True,
)


def metric_names(source: str) -> MetricNames:
    """Return the names for rows of that `source`."""
    return OF_RANKS if source == SERP else OF_SEARCHES
