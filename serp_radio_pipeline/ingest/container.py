"""Bytes of an upload to named tables of raw cells: a text table, an archive of them, a workbook, a Parquet file.

The kind is found by content, the name is not believed. Nothing is ever unpacked to disk.
"""

import io
import re
import zipfile
import zlib

from serp_radio_pipeline.ingest.columnar import is_parquet, read_parquet
from serp_radio_pipeline.ingest.delimited_text import read_delimited
from serp_radio_pipeline.ingest.limits import ReadingLimits, check_size
from serp_radio_pipeline.ingest.refusal import ExportRefusedError, shown
from serp_radio_pipeline.ingest.table import Table
from serp_radio_pipeline.ingest.workbook import is_workbook, read_workbook

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CHUNK_BYTES = 2**16
TEXT_ENDINGS = (".csv", ".tsv", ".txt", "")

_DRIVE = re.compile(r"[A-Za-z]:")


def open_tables(file_name: str, data: bytes, limits: ReadingLimits) -> tuple[Table, ...]:
    """Return every table that the file holds, in its own order.

    Raises:
        ExportRefusedError: the file is empty, too large, damaged, encrypted, hostile, or of an unknown kind.
    """
    check_size(file_name, len(data), limits)
    if data.startswith(OLE_MAGIC):
        raise ExportRefusedError(
            f"{shown(file_name, 80)} is an old .xls or a workbook with a password; save it as .xlsx without one."
        )
    if is_parquet(data):
        return (read_parquet(file_name, data, limits),)
    if data.startswith(ZIP_MAGIC):
        return _open_archive(file_name, data, limits)
    return (read_delimited(file_name, None, "csv", data, limits),)


def _open_archive(file_name: str, data: bytes, limits: ReadingLimits) -> tuple[Table, ...]:
    name = shown(file_name, 80)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = _checked_members(name, archive, limits)
            parts = _unpack(name, archive, members, limits)
            if is_workbook(archive):
                return read_workbook(file_name, data, {info.filename: part for info, part in parts}, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise ExportRefusedError(f"{name} is a damaged archive; export or download it again.") from error
    tables = []
    for info, part in parts:
        if _is_hidden(info.filename):
            continue
        if part.startswith(ZIP_MAGIC):
            raise ExportRefusedError(
                f"{name} holds another archive, {shown(info.filename)}; unpack it and upload that file instead."
            )
        if part and _ending(info.filename) in TEXT_ENDINGS:
            tables.append(read_delimited(file_name, info.filename, "zip", part, limits))
    if not tables:
        raise ExportRefusedError(f"{name} holds no .csv table; upload the archive that Search Console wrote.")
    return tuple(tables)


def _is_hidden(member: str) -> bool:
    """Whether a desktop put the member there and not the person: `__MACOSX/._Chart.csv`, `.DS_Store`."""
    return member.startswith("__MACOSX/") or member.rsplit("/", 1)[-1].startswith(".")


def _ending(member: str) -> str:
    base = member.rsplit("/", 1)[-1]
    return "." + base.rsplit(".", 1)[-1].lower() if "." in base else ""


def _checked_members(name: str, archive: zipfile.ZipFile, limits: ReadingLimits) -> tuple[zipfile.ZipInfo, ...]:
    """Return the members to read, judged by the archive's directory alone."""
    members = archive.infolist()
    if len(members) > limits.max_members:
        raise ExportRefusedError(
            f"{name} holds {len(members):,} files and the limit is {limits.max_members:,}; "
            "upload the archive that Search Console wrote."
        )
    for info in members:
        # `filename` is already cut at a NUL; the name as written is `orig_filename`
        written = info.orig_filename
        outside = written.startswith("/") or ".." in written.split("/") or _DRIVE.match(written)
        if outside or "\\" in written or "\x00" in written:
            raise ExportRefusedError(
                f"{name} holds a file whose path leads outside the archive ({shown(written)}), which no export has; "
                "upload the archive that Search Console wrote."
            )
        if info.flag_bits & 0x1:
            raise ExportRefusedError(f"{name} is encrypted; upload it without a password.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ExportRefusedError(f"{name} uses an unusual compression; pack it as an ordinary .zip.")
    if sum(info.file_size for info in members) > limits.max_uncompressed_bytes:
        raise _swollen(name, limits)
    return tuple(info for info in members if not info.is_dir())


def _unpack(
    name: str, archive: zipfile.ZipFile, members: tuple[zipfile.ZipInfo, ...], limits: ReadingLimits
) -> tuple[tuple[zipfile.ZipInfo, bytes], ...]:
    """Unpack in memory, counting what really comes out: the directory may lie."""
    left = limits.max_uncompressed_bytes
    parts = []
    for info in members:
        chunks = []
        with archive.open(info) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise _swollen(name, limits)
                chunks.append(chunk)
        parts.append((info, b"".join(chunks)))
    return tuple(parts)


def _swollen(name: str, limits: ReadingLimits) -> ExportRefusedError:
    return ExportRefusedError(
        f"{name} unpacks to more than {limits.max_uncompressed_bytes:,} bytes, which no Search Console export does; "
        "check that this is the right file."
    )
