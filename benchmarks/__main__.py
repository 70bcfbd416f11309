"""`make bench`: speed, a fleet's day, learning, motifs, radio, fidelity, packs; `--files FOLDER` adds real exports."""

import argparse
import sys
from pathlib import Path

from benchmarks import fidelity, fleet, learning, months, motifs, packs, radio, sensor_tick, speed, variation

PARTS = ("speed", "fleet", "learning", "motifs", "radio", "fidelity", "packs", "variation", "months")


def main() -> None:
    """Run what was asked for; exit 1 where an episode does not decode or is not fit to publish."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--files", type=Path, help="a folder of real exports")
    arguments.add_argument("--only", choices=PARTS)
    arguments.add_argument("--pack", action="append", default=[], help="of the packs, this one; may be repeated")
    arguments.add_argument(
        "--series", action="append", default=[], help="of the packs' series, this one; may be repeated"
    )
    arguments.add_argument("--soundfont", type=Path, action="append", default=[], help="for the packs; may be repeated")
    arguments.add_argument("--fleet", type=int, help="a larger fleet as well, of so many tenants with 7-day episodes")
    chosen = arguments.parse_args()
    if chosen.only in (None, "speed"):
        speed.run()
        print()
        sensor_tick.run()
        print()
    if chosen.only in (None, "fleet"):
        fleet.run(largest=chosen.fleet)
        print()
    is_good = True
    if chosen.only in (None, "learning"):
        is_good &= learning.run()
        print()
    if chosen.only in (None, "motifs"):
        is_good &= motifs.run()
        print()
    if chosen.only in (None, "radio"):
        is_good &= radio.run()
        print()
    if chosen.only in (None, "fidelity"):
        is_good &= fidelity.run(chosen.files)
        print()
    if chosen.only in (None, "packs"):
        is_good &= packs.run(chosen.files, chosen.pack, chosen.soundfont, chosen.series)
    if chosen.only in (None, "variation"):
        print()
        is_good &= variation.run()
    if chosen.only in (None, "months"):
        print()
        is_good &= months.run()
    if not is_good:
        sys.exit(1)


if __name__ == "__main__":
    main()
