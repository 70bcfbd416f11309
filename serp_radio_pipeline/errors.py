"""The root of every error that a person meets: one sentence that says what is wrong, where, and what to do."""


class SerpRadioError(Exception):
    """Base of all errors raised on purpose; `str(error)` is a sentence for the person who meets it."""
