"""A sound pack is tried on a soundfont: its data voices by single notes, and all of it by whole episodes.

What must be reached is not decided here but where all gates stand, in `radio`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from serp_radio_pipeline.audio.heard_fidelity import HeardFidelity
from serp_radio_pipeline.audio.listening import Measured
from serp_radio_pipeline.audio.mix_balance import MixBalance
from serp_radio_pipeline.audio.program_trial import ProgramTrial, try_program
from serp_radio_pipeline.audio.soundfont import Soundfont
from serp_radio_pipeline.music.calibration import (
    BASS_REGISTER,
    COUNTER_REGISTER,
    LEAD_REGISTER,
    LENGTHS,
    LOWEST_TRANSPOSITION,
    TRANSPOSITIONS,
    LaneName,
)
from serp_radio_pipeline.music.pack import Pack, Role
from serp_radio_pipeline.music.score import TICKS_PER_BEAT, Score

TRIED: Mapping[Role, tuple[tuple[int, int], tuple[int, int]]] = {
    "lead": (LEAD_REGISTER, LENGTHS["ctr"]),
    "counter": (COUNTER_REGISTER, LENGTHS["position"]),
    "bass": (BASS_REGISTER, LENGTHS["impressions"]),
}
"""Of each data voice its register in C and its shortest and longest note, ticks."""
LENGTHS_TRIED = 5


@dataclass(frozen=True, slots=True)
class MixTrial:
    """How one episode sounds in a pack: `days` is how many it has.

    `role_loudness`: each role's stem against the whole, LU. `unmasked`: share of a lane's notes heard beside all else.
    `range_change_lu`: what mastering changed of the loudness range.
    """

    days: int
    role_loudness: Mapping[str, float]
    unmasked: Mapping[LaneName, float]
    balance: MixBalance
    range_change_lu: float
    measured: Measured
    heard: HeardFidelity


@dataclass(frozen=True, slots=True)
class PackTrial:
    """All that was measured of a pack on a soundfont; `mixes` are those of the episodes that it was tried on."""

    pack: Pack
    soundfont: Soundfont
    programs: Mapping[Role, ProgramTrial]
    mixes: tuple[MixTrial, ...]


def try_pack(scores: Sequence[Score], soundfont: Soundfont, *, library: Path | None = None) -> PackTrial:
    """Try the pack of these scores by its voices' single notes and by each of them; about 8 CPU s for 56 days.

    Raises:
        AudioError: the soundfont lacks an instrument, or the piece can't be mastered.
    """
    pack = scores[0].pack
    programs = {role: try_voice(pack, role, soundfont, library=library) for role in TRIED}
    mixes = tuple(try_mix(score, soundfont, library=library) for score in scores)
    return PackTrial(pack, soundfont, programs, mixes)


def try_voice(pack: Pack, role: Role, soundfont: Soundfont, *, library: Path | None = None) -> ProgramTrial:
    """Try a data voice over the registers of all tenants, with the lengths that its lane gives."""
    (low, high), (shortest, longest) = TRIED[role]
    pitches = (low + LOWEST_TRANSPOSITION, (low + high) // 2, high + LOWEST_TRANSPOSITION + TRANSPOSITIONS - 1)
    ticks = [shortest + (longest - shortest) * step / (LENGTHS_TRIED - 1) for step in range(LENGTHS_TRIED)]
    seconds = [length / TICKS_PER_BEAT * 60 / pack.tempo for length in ticks]
    return try_program(pack.roles[role].program, pitches, seconds, soundfont, library=library)


def try_mix(score: Score, soundfont: Soundfont, *, library: Path | None = None) -> MixTrial:
    """Render an episode's stems, master and encode their sum, and listen to it as the checks do."""
    import numpy as np  # noqa: PLC0415 - loaded when first used

    from serp_radio_pipeline.audio import encoding, listening, loudness, mastering  # noqa: PLC0415
    from serp_radio_pipeline.audio.ear import hear  # noqa: PLC0415
    from serp_radio_pipeline.audio.heard_fidelity import heard_fidelity  # noqa: PLC0415
    from serp_radio_pipeline.audio.id3 import Tags, write_tags  # noqa: PLC0415
    from serp_radio_pipeline.audio.masking import unmasked_shares  # noqa: PLC0415
    from serp_radio_pipeline.audio.mix_balance import mix_balance  # noqa: PLC0415
    from serp_radio_pipeline.audio.stems import stems  # noqa: PLC0415
    from serp_radio_pipeline.music.contract import CONTRACT, contract_text  # noqa: PLC0415
    from serp_radio_pipeline.music.midi_file import midi_bytes  # noqa: PLC0415

    parts = stems(midi_bytes(score), soundfont, library=library)
    mix = np.sum(list(parts.values()), axis=0)
    mastered = mastering.master(mix, codec_loss_db=encoding.CODEC_LOSS_DB[encoding.BITRATE])
    legend = contract_text(score).removeprefix(f"{CONTRACT} ")
    tags = Tags(score.pack.title, "SERP Radio", "trial", score.date, "", extra=((CONTRACT, legend),))
    mp3 = write_tags(tags) + encoding.encode_mp3(mastered.audio)
    whole = loudness.integrated_loudness(mix)
    same_seconds = mix[: len(mastered.audio)]  # mastering cuts what rings on in silence, which is no change of balance
    return MixTrial(
        days=len(score.days),
        role_loudness={role: loudness.integrated_loudness(part) - whole for role, part in parts.items()},
        unmasked=unmasked_shares(score, parts),
        balance=mix_balance(mix),
        range_change_lu=abs(loudness.loudness_range(mastered.audio) - loudness.loudness_range(same_seconds)),
        measured=listening.measure(listening.decode_mp3(mp3)),
        heard=heard_fidelity(score, hear(mp3)),
    )
