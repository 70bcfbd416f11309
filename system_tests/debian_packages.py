"""Debian's packages that the tests need, installed where a program of them is missing."""

import os
import shutil
import subprocess
from collections.abc import Mapping


class PackageError(Exception):
    """A package that the tests need is not here and can't be installed; nothing is skipped without it."""


def install(programs: Mapping[str, str]) -> None:
    """Install with apt-get the packages of those programs that are missing; `programs` names each one's package.

    Raises:
        PackageError: it can't be done.
    """
    missing = sorted({package for program, package in programs.items() if shutil.which(program) is None})
    if not missing:
        return
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    # the packages' own services are not wanted: the tests start what they need, in a folder of their own
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        try:
            subprocess.run(
                [*sudo, "apt-get", "-qq", *words], env=environment, check=True, capture_output=True, text=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            raise PackageError(
                f"What these tests need is not here: install {', '.join(missing)} ({said.strip()[-400:]})."
            ) from error
