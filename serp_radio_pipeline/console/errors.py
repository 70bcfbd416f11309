"""What may go wrong between here and Search Console: each a sentence that never holds anything secret."""

from serp_radio_pipeline.errors import SerpRadioError


class ConsoleError(SerpRadioError):
    """Search Console gave no answer that can be used."""


class DisconnectedError(ConsoleError):
    """Nothing comes before a person has done something: no retry helps."""


class ReconnectError(DisconnectedError):
    """The credentials are refused: revoked, expired, or of an account that is gone."""


class PropertyRefusedError(DisconnectedError):
    """The account is known and may not read the property."""


class SecretError(DisconnectedError):
    """The secret is not there, can't be read, or holds no credentials."""


class QuotaError(ConsoleError):
    """A quota was used up for as long as was reasonable to wait."""


class ConsoleUnavailableError(ConsoleError):
    """Search Console could not be reached, was failing, or sent broken answers, as often as was reasonable to try."""


class ConsoleAnswerError(ConsoleError):
    """An answer that is whole and says what can't be."""


class ConsoleRequestError(ConsoleError):
    """Search Console calls the request itself wrong."""
