"""`make bench`: speed, a fleet, learning, reading, fidelity, packs and more; `--files FOLDER` adds real exports."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks import (
    events,
    fidelity,
    fleet,
    fuzzing,
    learning,
    months,
    motifs,
    packs,
    radio,
    reading,
    sensor_tick,
    speed,
    variation,
)

Part = Callable[[argparse.Namespace], bool]
"""Prints a part's tables; returns whether its gates hold."""


def _speed(_: argparse.Namespace) -> bool:
    speed.run()
    print()
    sensor_tick.run()
    return True


def _fleet(chosen: argparse.Namespace) -> bool:
    fleet.run(largest=chosen.fleet)
    return True


def _api(chosen: argparse.Namespace) -> bool:
    from benchmarks import api, api_contract, api_isolation, api_upload  # what only this part needs

    is_good = True
    for run in (api.run, api_upload.run, api_isolation.run, lambda: api_contract.run(chosen.cases)):
        is_good &= run()
        print()
    return is_good


PARTS: Mapping[str, Part] = {
    "speed": _speed,
    "fleet": _fleet,
    "learning": lambda _: learning.run(),
    "reading": lambda _: reading.run(),
    "motifs": lambda _: motifs.run(),
    "radio": lambda _: radio.run(),
    "fidelity": lambda chosen: fidelity.run(chosen.files),
    "packs": lambda chosen: packs.run(chosen.files, chosen.pack, chosen.soundfont, chosen.series),
    "events": lambda chosen: events.run(chosen.files),
    "variation": lambda _: variation.run(),
    "months": lambda _: months.run(),
    "api": _api,
    "fuzzing": lambda chosen: fuzzing.run(chosen.minutes, chosen.seed),
}


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
    arguments.add_argument("--minutes", type=float, default=1, help="how long damaged files are tried")
    arguments.add_argument("--cases", type=int, default=2000, help="how many made-up requests the API is sent")
    arguments.add_argument("--seed", type=int, default=1, help="of the damage")
    chosen = arguments.parse_args()
    is_good = True
    for name, part in PARTS.items():
        if chosen.only in (None, name):
            is_good &= part(chosen)
            print()
    if not is_good:
        sys.exit(1)


if __name__ == "__main__":
    main()
