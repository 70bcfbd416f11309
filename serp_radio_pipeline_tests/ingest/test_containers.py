import io
import struct
import zipfile
import zlib

import pytest

from serp_radio_pipeline.ingest.export import ExportRefusedError, ReadingLimits
from serp_radio_pipeline_tests.ingest.export_files import archive, chart, read, series, workbook

MIB = 2**20


def _patched_directory(data: bytes, offset: int, form: str, value: int) -> bytes:
    """Overwrite a field of the first entry of a zip's central directory."""
    at = data.index(b"PK\x01\x02") + offset
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


def test_a_bomb_is_refused_by_the_size_it_declares():
    bomb = archive({"Chart.csv": bytes(65 * MIB)})
    assert len(bomb) < MIB
    with pytest.raises(ExportRefusedError, match="unpacks to more than"):
        read("x.zip", bomb)


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_unpacks():
    bomb = archive({"Chart.csv": bytes(4 * MIB)})
    lying = _patched_directory(bomb, 24, "<L", 100)
    with pytest.raises(ExportRefusedError, match=r"unpacks to more than|damaged archive"):
        read("x.zip", lying, limits=ReadingLimits(max_uncompressed_bytes=MIB))


def test_many_members_that_swell_together_are_refused():
    bomb = archive({f"{i}.csv": bytes(MIB) for i in range(5)})
    with pytest.raises(ExportRefusedError, match="unpacks to more than"):
        read("x.zip", bomb, limits=ReadingLimits(max_uncompressed_bytes=4 * MIB))


def test_an_archive_of_many_files_is_refused():
    with pytest.raises(ExportRefusedError, match="holds 201 files and the limit is 200"):
        read("x.zip", archive({f"{i}.csv": "a" for i in range(201)}))


def test_an_encrypted_archive_is_refused():
    encrypted = _patched_directory(archive({"Chart.csv": chart()}), 8, "<H", 1)
    with pytest.raises(ExportRefusedError, match="encrypted"):
        read("x.zip", encrypted)


def test_a_member_name_with_a_nul_is_refused():
    data = archive({"ChartX.csv": chart()}).replace(b"ChartX.csv", b"Chart\x00.csv")
    with pytest.raises(ExportRefusedError, match="leads outside"):
        read("x.zip", data)


def test_an_unusual_compression_is_refused():
    with pytest.raises(ExportRefusedError, match="unusual compression"):
        read("x.zip", archive({"Chart.csv": chart()}, zipfile.ZIP_LZMA))


@pytest.mark.parametrize("at", range(0, 1200, 37))
def test_a_damaged_archive_is_read_right_or_refused(at):
    good = archive({"Chart.csv": chart(), "Queries.csv": "Top queries,Clicks\na,1"})
    data = bytearray(good)
    data[at % len(data)] ^= 0x5A
    try:
        export = read("x.zip", bytes(data))
    except ExportRefusedError:
        return
    assert len(export.rows) == 90


def _workbook() -> bytes:
    return workbook({"Chart": [("Date", "Clicks", "Impressions", "CTR", "Position"), *_days()]})


def _days() -> list[tuple[object, ...]]:
    return [(row.date, row.clicks, row.impressions, row.ctr, row.position) for row in series()]


def _with_part(data: bytes, name: str, change, added=None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            part = old.read(info)
            new.writestr(info.filename, change(part) if info.filename == name else part)
        for added_name, part in (added or {}).items():
            new.writestr(added_name, part)
    return out.getvalue()


def test_a_sheet_with_one_cell_far_away_does_not_swell_in_memory():
    far = _with_part(
        _workbook(),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
    )
    with pytest.raises(ExportRefusedError, match="1,048,576 rows and 16,384 columns"):
        read("x.xlsx", far)


def test_a_shared_text_that_fills_every_cell_does_not_swell_in_memory():
    cells = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (i, i) for i in range(100, 1100))
    full = _with_part(
        _workbook(), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", cells + b"</sheetData>")
    )
    shared = b"<sst><si><t>" + b"x" * MIB + b"</t></si></sst>"
    full = _with_part(full, "[Content_Types].xml", lambda xml: xml, {"xl/sharedStrings.xml": shared})
    with pytest.raises(ExportRefusedError, match="far more than a daily export"):
        read("x.xlsx", full)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml"])
@pytest.mark.parametrize(
    "change", [lambda xml: xml[: len(xml) // 2], lambda xml: b"", lambda xml: xml.replace(b"r", b"<")]
)
def test_a_damaged_workbook_is_read_right_or_refused(part, change):
    try:
        export = read("x.xlsx", _with_part(_workbook(), part, change))
    except ExportRefusedError:
        return
    assert [row.clicks for row in export.rows] == [row.clicks for row in series()][: len(export.rows)]


def test_garbage_behind_a_zip_beginning_is_refused():
    for tail in (b"", b"\x00" * 100, zlib.compress(b"x" * 1000)):
        with pytest.raises(ExportRefusedError, match="damaged archive"):
            read("x.zip", b"PK\x03\x04" + tail)
