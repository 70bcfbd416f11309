"""A table as a file holds it: raw cells with their line numbers, before anything is understood."""

from dataclasses import dataclass
from typing import Literal

from serp_radio_pipeline.ingest.refusal import Closeness, ExportRefusedError, shown

ContainerKind = Literal["csv", "zip", "xlsx", "parquet", "json"]


class TypedNumber(str):
    """A cell that a workbook stored as a number: its point is a decimal point and never parts thousands."""

    __slots__ = ()


@dataclass(frozen=True)
class Table:
    """Rows of raw cells; `lines[i]` is the 1-based line (in a sheet: the row) at which `rows[i]` ends.

    `member` is the file inside an archive or the sheet of a workbook, None for a plain file.
    """

    file_name: str
    member: str | None
    container: ContainerKind
    encoding: str
    delimiter: str | None
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The file, and the member in it, as sentences name them."""
        file = shown(self.file_name, 80)
        return f"{file}, {shown(self.member)}" if self.member is not None else file

    def refusal(
        self,
        fault: str,
        line: int | None = None,
        closeness: Closeness = Closeness.FAULTY,
        answer: str | None = None,
    ) -> ExportRefusedError:
        """Return the error that says where in this table `fault` lies; `answer` is the likeliest to what it asks."""
        unit = "row" if self.container in ("xlsx", "parquet") else "line"
        place = self.place if line is None else f"{self.place}, {unit} {line}"
        return ExportRefusedError(f"{place}: {fault}", closeness, answer)
