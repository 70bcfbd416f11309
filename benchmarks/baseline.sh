#!/bin/sh
# Install the usual chain, fluidsynth and ffmpeg, and a second soundfont. Where that can't be done it says why and exits 1.
set -u
font=/usr/share/sounds/sf2/FluidR3_GM.sf2
if command -v fluidsynth >/dev/null && command -v ffmpeg >/dev/null && [ -f "$font" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The baseline is not available: install fluidsynth, ffmpeg and fluid-soundfont-gm, or run this as root where apt-get is." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends fluidsynth ffmpeg fluid-soundfont-gm; } >/dev/null 2>&1; then
    echo "The baseline is not available: apt-get could not install fluidsynth, ffmpeg and fluid-soundfont-gm." >&2
    exit 1
fi
