"""Numbers and dates as a listener's locale writes them; words stay English. What machines read is not written here.

Each door of the room takes the locale as an argument and holds it in force while it writes.
"""

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, Literal

from serp_radio_pipeline.errors import SerpRadioError

if TYPE_CHECKING:
    from babel.core import Locale
    from babel.numbers import NumberPattern

HOUSE = "en"
"""The default: 1,234.5, 7.4% and ISO dates, which sort and which the exports have too; written without Babel."""
_in_force: ContextVar[str] = ContextVar("locale", default=HOUSE)


class LocaleError(SerpRadioError):
    """A name of no locale."""


def known_locale(name: str) -> str:
    """Return a locale's name as it is usually written: `de-at` becomes `de_AT`.

    Raises:
        LocaleError: there is no such locale.
    """
    if name == HOUSE:
        return HOUSE
    from babel.core import Locale, UnknownLocaleError  # noqa: PLC0415 - 0.1 s, and most need none

    try:
        return str(Locale.parse(name.replace("-", "_")))
    except (UnknownLocaleError, ValueError) as error:
        raise LocaleError(f"{name!r:.60} is no locale, such as en, de, de_AT or pt_BR.") from error


@contextmanager
def written_in(locale: str) -> Iterator[None]:
    """Write numbers and dates as in that locale, as `known_locale` returns it, until the block ends."""
    token = _in_force.set(locale)
    try:
        yield
    finally:
        _in_force.reset(token)


def whole(value: float) -> str:
    """Return a whole number: 1,234."""
    return _number(value, 0)


def decimal(value: float, places: int = 1) -> str:
    """Return a number with so many decimals: 1,234.5."""
    return _number(value, places)


def signed(value: float, places: int = 0) -> str:
    """Return a number that always has its sign: +1,234."""
    return _number(value, places, sign=True)


def percent(share: float, places: int = 0, *, sign: bool = False) -> str:
    """Return a share as a percentage, with its sign if asked for: 0.0742 is 7%, or +7.42%."""
    style = _in_force.get()
    if style == HOUSE:
        return f"{share:{'+' if sign else ''}.{places}%}"
    return str(_pattern(style, places, sign, is_percent=True).apply(share, _locale(style)))


def long_date(date: dt.date) -> str:
    """Return a date with its weekday and month in letters."""
    return _in_letters(date, "full", f"{date:%A}, {date.day} {date:%B %Y}")


def short_date(date: dt.date) -> str:
    """Return a date in few characters: 2026-11-15, or 15. Nov. 2026."""
    return _skeleton(date, "yMMMd", "%Y-%m-%d")


def day_of_year(date: dt.date) -> str:
    """Return a date without its year: 11-15, or 15.11."""
    return _skeleton(date, "Md", "%m-%d")


def day_and_month(date: dt.date) -> str:
    """Return a date with its month in letters and its year."""
    return _in_letters(date, "long", f"{date.day} {date:%B %Y}")


def month_name(date: dt.date) -> str:
    """Return a month's short name."""
    return _skeleton(date, "MMM", "%b")


def drawn_date(date: dt.date) -> str:
    """Return a date for pictures, whose font has only ASCII: long, or where the locale has other letters, in digits."""
    style = _in_force.get()
    if style == HOUSE or _names_are_ascii(style):
        return long_date(date)
    return _skeleton(date, "yMd", "")


def _in_letters(date: dt.date, length: Literal["long", "full"], house: str) -> str:
    style = _in_force.get()
    if style == HOUSE:
        return house
    from babel.dates import format_date  # noqa: PLC0415

    return format_date(date, length, locale=_locale(style))


def _number(value: float, places: int, *, sign: bool = False) -> str:
    style = _in_force.get()
    if style == HOUSE:
        return f"{value:{'+' if sign else ''},.{places}f}"
    return str(_pattern(style, places, sign, is_percent=False).apply(value, _locale(style)))


def _skeleton(date: dt.date, skeleton: str, house: str) -> str:
    style = _in_force.get()
    if style == HOUSE:
        return date.strftime(house)
    from babel.dates import format_skeleton  # noqa: PLC0415

    return format_skeleton(skeleton, date, locale=_locale(style))


@cache
def _names_are_ascii(style: str) -> bool:
    """Whether all months' and weekdays' names are: else March would be in digits and May in letters."""
    locale = _locale(style)
    names = [*locale.months["format"]["wide"].values(), *locale.days["format"]["wide"].values()]
    return all(name.isascii() for name in names)


@cache
def _locale(name: str) -> "Locale":
    from babel.core import Locale  # noqa: PLC0415

    return Locale.parse(name)


@cache
def _pattern(style: str, places: int, sign: bool, *, is_percent: bool) -> "NumberPattern":
    """Return the locale's own way of grouping digits, and of setting the percent sign, with so many decimals."""
    from babel.numbers import parse_pattern  # noqa: PLC0415

    locale = _locale(style)
    own = (locale.percent_formats if is_percent else locale.decimal_formats)[None].pattern.partition(";")[0]
    digits = re.sub(r"0(?:\.[0#]+)?", f"0.{'0' * places}" if places else "0", own, count=1)
    return parse_pattern(f"+{digits};-{digits}" if sign else digits)
