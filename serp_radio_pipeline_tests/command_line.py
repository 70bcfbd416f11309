"""The command line as a person meets it: words in; exit code, stdout and stderr out. Runs in this process."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from serp_radio_pipeline.cli import main


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line on stderr, where that is all there is."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("serp-radio: ")
        assert "Traceback" not in self.err
        assert "unforeseen" not in self.err
        return lines[0].removeprefix("serp-radio: ")


SerpRadio = Callable[..., Answer]


def serp_radio_in(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> SerpRadio:
    """The command, its streams read through pytest."""

    def run(*words: object) -> Answer:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["serp-radio", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 0, out, err)

    return run
