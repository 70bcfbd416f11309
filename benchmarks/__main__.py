"""`make bench`: speed, a fleet's day, learning, motifs, fidelity; `--files FOLDER` adds real exports to the last."""

import argparse
import sys
from pathlib import Path

from benchmarks import fidelity, fleet, learning, motifs, sensor_tick, speed


def main() -> None:
    """Run what was asked for; exit 1 where an episode does not decode or is not fit to publish."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--files", type=Path, help="a folder of real exports")
    arguments.add_argument("--only", choices=("speed", "fleet", "learning", "motifs", "fidelity"))
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
    good = True
    if chosen.only in (None, "learning"):
        good = learning.run()
        print()
    if chosen.only in (None, "motifs"):
        good = motifs.run() and good
        print()
    if chosen.only in (None, "fidelity"):
        good = fidelity.run(chosen.files) and good
    if not good:
        sys.exit(1)


if __name__ == "__main__":
    main()
