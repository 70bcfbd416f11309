"""`make bench`: the speed tables, then the fidelity table; `--files FOLDER` adds real exports to the latter."""

import argparse
import sys
from pathlib import Path

from benchmarks import fidelity, speed


def main() -> None:
    """Run what was asked for; exit 1 where an episode does not decode or is not fit to publish."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    arguments.add_argument("--files", type=Path, help="a folder of real exports")
    arguments.add_argument("--only", choices=("speed", "fidelity"))
    chosen = arguments.parse_args()
    if chosen.only != "fidelity":
        speed.run()
        print()
    if chosen.only != "speed" and not fidelity.run(chosen.files):
        sys.exit(1)


if __name__ == "__main__":
    main()
