"""How an episode sounds, as a picture: time across, pitch upwards, louder is brighter; parts and octaves named."""

import itertools

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from serp_radio_pipeline.audio.stereo import SAMPLE_RATE, Audio

LOWEST, HIGHEST = 33, 112
"""MIDI pitches: from below the bass to above the counter-voice's first overtone."""
BINS_PER_SEMITONE = 3
WINDOW, HOP = 8192, 1024
FLOOR_DB = -55.0
COLOURS = (
    (0.0, (12, 10, 30)),
    (0.35, (70, 20, 110)),
    (0.6, (180, 50, 100)),
    (0.8, (245, 125, 50)),
    (1.0, (255, 245, 180)),
)
"""From dark to light in one direction, so that it reads without colour too."""
MARGIN_LEFT, MARGIN_TOP, MARGIN_BOTTOM = 64, 40, 36
PIXELS_PER_SECOND, ROW_PIXELS = 24, 2

Part = tuple[float, str]
"""Second at which a part begins, and its name."""


def spectrogram_png(audio: Audio, parts: list[Part], path: str) -> None:
    """Draw the spectrogram of an episode and write it as PNG."""
    levels = _levels(audio)
    seconds = len(audio) / SAMPLE_RATE
    picture = Image.fromarray(_coloured(levels)[::-1]).resize(
        (round(seconds * PIXELS_PER_SECOND), len(levels) * ROW_PIXELS), Image.Resampling.BILINEAR
    )
    whole = Image.new("RGB", (picture.width + MARGIN_LEFT, picture.height + MARGIN_TOP + MARGIN_BOTTOM), "white")
    whole.paste(picture, (MARGIN_LEFT, MARGIN_TOP))
    draw = ImageDraw.Draw(whole)
    for pitch in range(36, HIGHEST, 12):
        y = MARGIN_TOP + picture.height - (pitch - LOWEST) * BINS_PER_SEMITONE * ROW_PIXELS
        draw.text((8, y - 8), f"C{pitch // 12 - 1}", fill="black", font=ImageFont.load_default(16))
        draw.line((MARGIN_LEFT - 8, y, MARGIN_LEFT, y), fill="black")
    for start, name in parts:
        x = MARGIN_LEFT + round(start * PIXELS_PER_SECOND)
        draw.line((x, MARGIN_TOP - 12, x, MARGIN_TOP + picture.height), fill=(255, 255, 255))
        draw.text((x + 4, 12), name, fill="black", font=ImageFont.load_default(16))
    for second in range(0, round(seconds) + 1, 10):
        x = MARGIN_LEFT + second * PIXELS_PER_SECOND
        draw.text((x, MARGIN_TOP + picture.height + 8), f"{second} s", fill="black", font=ImageFont.load_default(16))
    whole.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def _levels(audio: Audio) -> NDArray[np.float64]:
    """Return dB under the loudest (rows: thirds of a semitone, rising; columns: time), from `FLOOR_DB` to 0."""
    mono = np.concatenate([np.zeros(WINDOW // 2), audio.mean(axis=1), np.zeros(WINDOW // 2)])
    frames = np.lib.stride_tricks.sliding_window_view(mono, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2
    pitches = np.arange(LOWEST, HIGHEST, 1 / BINS_PER_SEMITONE)
    edges = 440 * 2 ** ((np.append(pitches, HIGHEST) - 0.5 / BINS_PER_SEMITONE - 69) / 12) * WINDOW / SAMPLE_RATE
    rows = [
        power[:, round(low) : max(round(high), round(low) + 1)].max(axis=1) for low, high in itertools.pairwise(edges)
    ]
    levels = 10 * np.log10(np.array(rows) + 1e-12)
    return np.clip(levels - np.percentile(levels, 99.9), FLOOR_DB, 0)


def _coloured(levels: NDArray[np.float64]) -> NDArray[np.uint8]:
    place = 1 - levels / FLOOR_DB
    stops = [stop for stop, _ in COLOURS]
    channels = [np.interp(place, stops, [colour[channel] for _, colour in COLOURS]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.uint8)
