"""The trial episodes, with the rules, events and motifs of the settings' folder: for packs and lessons."""

from typing import TYPE_CHECKING

from serp_radio_pipeline.music.pack import Pack
from serp_radio_pipeline.settings import Settings

if TYPE_CHECKING:
    from serp_radio_pipeline.music.score import Score


def trials_in(pack: Pack, settings: Settings) -> "tuple[Score, ...]":
    """Return the trial episodes in that pack, the longest first."""
    from serp_radio_pipeline.labels.events import parse_events  # noqa: PLC0415 - the rooms load when first used
    from serp_radio_pipeline.labels.rules import parse_rules  # noqa: PLC0415
    from serp_radio_pipeline.motifs.library import shipped_catalogue  # noqa: PLC0415
    from serp_radio_pipeline.music.trial_score import TRIAL_LOOKBACKS, trial_score  # noqa: PLC0415

    folder = settings.rules_folder
    rules = parse_rules((folder / "labels.yaml").read_bytes(), name="labels.yaml")
    events = parse_events((folder / "events.yaml").read_bytes())
    motifs = shipped_catalogue(folder / "motifs", settings.midi_limits)
    return tuple(trial_score(pack, rules, events, motifs, lookback) for lookback in TRIAL_LOOKBACKS)
