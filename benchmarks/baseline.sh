#!/bin/sh
# Install the usual chain, fluidsynth and ffmpeg, for the speed benchmark. Where that can't be done it says why and exits 1.
set -u
if command -v fluidsynth >/dev/null && command -v ffmpeg >/dev/null; then
    exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The baseline is not available: install fluidsynth and ffmpeg, or run this as root where apt-get is." >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends fluidsynth ffmpeg; } >/dev/null 2>&1; then
    echo "The baseline is not available: apt-get could not install fluidsynth and ffmpeg." >&2
    exit 1
fi
