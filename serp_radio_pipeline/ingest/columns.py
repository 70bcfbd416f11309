"""Which column is which, found by arithmetic: CTR is clicks / impressions on every day, and clicks are the smaller.

Header words and Search Console's constant column order only break ties, or speak where under three days have clicks.
A table that two different sets of numbers could be read from is refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, permutations

from serp_radio_pipeline.ingest.numbers import MARKS, Reading, readings
from serp_radio_pipeline.ingest.vocabulary import Role, Vocabulary

NUMBER_ROLES: tuple[Role, ...] = ("clicks", "impressions", "ctr", "position")
"""In Search Console's constant order, which follows the date."""

FEWEST_CLICK_DAYS = 3
CTR_ROUNDING = 5e-5
"""Search Console rounds CTR to 0.01 %, in fractions to 0.0001; `4%` there means 4.00 %."""

FLOAT_SLACK = 1e-9
LAST_RANK = 10_000
MOST_COLUMNS = 8
"""Columns of numbers in a comparison of two periods, the widest table that Search Console writes by day."""

MOST_RATIOS = 64
"""A table with more ways to find c = a / b is made of one number, and searching on would take minutes."""


@dataclass(frozen=True)
class Column:
    """A column beside the date: its place in the file, header, raw cells, and each way to read them as numbers."""

    index: int
    header: str
    cells: tuple[str, ...]
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Assignment:
    """Four columns in the roles clicks, impressions, ctr, position, each under one reading."""

    columns: tuple[Column, Column, Column, Column]
    readings: tuple[Reading, Reading, Reading, Reading]

    @property
    def numbers(self) -> tuple[tuple[float | None, ...], ...]:
        """What goes into the daily table: clicks, impressions and position of each row."""
        clicks, impressions, _, position = self.readings
        return clicks.values, impressions.values, tuple(value or None for value in position.values)

    @property
    def marks(self) -> frozenset[str]:
        """The decimal marks that the columns show."""
        return frozenset(reading.mark for reading in self.readings if reading.mark)

    def fault_of_row(self, row: int) -> str | None:
        """Return what is wrong with the numbers of a row, or None."""
        clicks, impressions, ctr, position = (reading.values[row] for reading in self.readings)
        return row_fault(clicks, impressions, ctr, position, ctr_tolerance(self.readings[2]))


def ctr_tolerance(ctr: Reading) -> float:
    """Half a unit of the last decimal that the column writes, and never under Search Console's own rounding."""
    unit = 10.0**-ctr.decimals * (0.01 if ctr.is_percent else 1)
    return max(unit / 2, CTR_ROUNDING) + FLOAT_SLACK


def row_fault(
    clicks: float | None,
    impressions: float | None,
    ctr: float | None,
    position: float | None,
    tolerance: float,
    *,
    what: str = "a day",
) -> str | None:
    """Return the law that a row's numbers break, as half a sentence, or None where they keep all; `what` is the row."""
    fault = _count_fault("clicks", clicks) or _count_fault("impressions", impressions)
    if fault or clicks is None or impressions is None:
        return fault
    if clicks > impressions:
        return f"there are more clicks ({clicks:.0f}) than impressions ({impressions:.0f})"
    if impressions == 0:
        return _zero_row_fault(ctr, position, what)
    if ctr is None or abs(ctr - clicks / impressions) > tolerance:
        stated = "missing, not" if ctr is None else f"{ctr:.4%} and disagrees with"
        return f"CTR is {stated} {clicks:.0f} clicks / {impressions:.0f} impressions = {clicks / impressions:.4%}"
    if position is None or position == 0:
        return f"position is missing on {what} with {impressions:.0f} impressions"
    return None if 1 <= position < LAST_RANK else f"position {position:g} is no rank: it lies outside 1 to {LAST_RANK}"


def _count_fault(name: str, count: float | None) -> str | None:
    if count is None:
        return f"{name} are missing"
    if count < 0:
        return f"{name} are negative ({count:g})"
    return None if count == int(count) else f"{name} are {count:g} and must be a whole number"


def _zero_row_fault(ctr: float | None, position: float | None, what: str) -> str | None:
    if ctr:
        return f"CTR is {ctr:.4%} on {what} without impressions"
    return f"position is {position:g} on {what} without impressions" if position else None


def make_column(index: int, header: str, cells: Sequence[str]) -> Column:
    """Return a column with its readings."""
    return Column(index, header, tuple(cells), readings(cells))


def informative_rows(clicks: Reading, ctr: Reading) -> int:
    """Count the rows that tell a ratio from zero: the evidence for c = a / b."""
    tolerance = ctr_tolerance(ctr)
    return sum(1 for a, c in zip(clicks.values, ctr.values, strict=True) if a and c is not None and c > tolerance)


Pair = tuple[Column, Reading]
Ratio = tuple[Pair, Pair, Pair]


def ratios(columns: Sequence[Column]) -> tuple[Ratio, ...]:
    """Return each (a, b, c) with c = a / b, at most one more than `MOST_RATIOS`."""
    return tuple(islice(_each_ratio(columns), MOST_RATIOS + 1))


def _each_ratio(columns: Sequence[Column]) -> Iterator[Ratio]:
    """Yield each (a, b, c) with c = a / b on every row, a and b whole numbers, a <= b, c in [0, 1]."""
    pairs = [(column, reading) for column in columns for reading in column.readings]
    counts = [(column, reading) for column, reading in pairs if reading.is_count]
    shares = [(column, reading) for column, reading in pairs if all(v is None or 0 <= v <= 1 for v in reading.values)]
    for a, b in permutations(counts, 2):
        if a[0] is b[0] or any(x is None or y is None or x > y for x, y in zip(a[1].values, b[1].values, strict=True)):
            continue
        for c in shares:
            if c[0] is not a[0] and c[0] is not b[0] and _is_ratio(a[1], b[1], c[1]):
                yield a, b, c


def _is_ratio(a: Reading, b: Reading, c: Reading) -> bool:
    tolerance = ctr_tolerance(c)
    for x, y, z in zip(a.values, b.values, c.values, strict=True):
        if not y:
            if z:
                return False
        elif x is None or z is None or abs(z - x / y) > tolerance:
            return False
    return True


def lawful_assignments(columns: Sequence[Column], found_ratios: Sequence[Ratio]) -> list[Assignment]:
    """Return every assignment under which each row keeps the laws of `row_fault`, given the ratios of the columns."""
    found = []
    for a, b, c in found_ratios:
        for column in columns:
            if column in (a[0], b[0], c[0]):
                continue
            for reading in column.readings:
                assignment = Assignment((a[0], b[0], c[0], column), (a[1], b[1], c[1], reading))
                if not reading.is_percent and _is_rank(b[1], reading):
                    found.append(assignment)
    return found


def _is_rank(impressions: Reading, position: Reading) -> bool:
    return all(
        (p is not None and 1 <= p < LAST_RANK) if b else not p
        for b, p in zip(impressions.values, position.values, strict=True)
    )


def by_header(columns: Sequence[Column], vocabulary: Vocabulary) -> tuple[Column, ...] | None:
    """Return the columns that the header words name in the four roles, None unless each is named exactly once."""
    named: dict[Role, list[Column]] = {role: [] for role in NUMBER_ROLES}
    for column in columns:
        role = vocabulary.role_of(column.header)
        if role in named:
            named[role].append(column)
    return tuple(named[role][0] for role in NUMBER_ROLES) if all(len(c) == 1 for c in named.values()) else None


def by_order(columns: Sequence[Column], date_index: int) -> tuple[Column, ...] | None:
    """Return the columns in Search Console's order, None where the date is not first or the four do not follow."""
    is_order = date_index == 0 and [column.index for column in columns] == [1, 2, 3, 4]
    return tuple(columns) if is_order else None


def contradicts(assignment: Assignment, vocabulary: Vocabulary) -> bool:
    """Whether a known header word names another role than the assignment gives its column."""
    pairs = zip(assignment.columns, NUMBER_ROLES, strict=True)
    return any((named := vocabulary.role_of(c.header)) is not None and named != role for c, role in pairs)


def best_reading(columns: tuple[Column, ...]) -> Assignment | None:
    """Return the reading of given columns that breaks the laws on the fewest rows; None where one is no number."""
    if len(columns) != len(NUMBER_ROLES) or not all(column.readings for column in columns):
        return None
    if all(len(column.readings) == 1 for column in columns):
        one, two, three, four = columns
        return Assignment(
            (one, two, three, four), (one.readings[0], two.readings[0], three.readings[0], four.readings[0])
        )
    best: tuple[int, Assignment] | None = None
    for mark in MARKS:
        # one decimal mark for the whole file where a column leaves it open
        chosen = tuple(next((r for r in c.readings if r.mark in (None, mark)), c.readings[0]) for c in columns)
        assignment = Assignment(
            (columns[0], columns[1], columns[2], columns[3]), (chosen[0], chosen[1], chosen[2], chosen[3])
        )
        faults = sum(1 for row in range(len(columns[0].cells)) if assignment.fault_of_row(row))
        if best is None or faults < best[0]:
            best = faults, assignment
    return best[1] if best else None
