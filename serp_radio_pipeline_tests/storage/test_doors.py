"""Every door that a name comes in by: whatever it is, it writes below its own tenant's prefix or nothing at all."""

import contextlib
import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.ingest.export import ReadingLimits
from serp_radio_pipeline.ingest.refusal import ExportRefusedError
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.storage.upload_log import UploadLog
from serp_radio_pipeline.tenant import Tenant, TenantError
from serp_radio_pipeline_tests.storage.test_keys import BREAKOUTS, names
from serp_radio_pipeline_tests.storage.test_upload_log import ACME, CAME, CHART

members = st.lists(st.sampled_from([*BREAKOUTS, "Chart"]), min_size=1, max_size=8).map("".join)


def zip_of(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            member = zipfile.ZipInfo("x")
            # past what the writer itself would cut off or turn round
            member.filename = name.encode(errors="replace").decode()
            archive.writestr(member, CHART)
    return buffer.getvalue()


def files_below(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]


@given(members)
@settings(deadline=None, max_examples=60)
def test_no_zip_member_is_written_anywhere(member: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = UploadLog(LocalStore(Path(folder) / "a" / "store"), ReadingLimits())
        with contextlib.suppress(ExportRefusedError):
            log.add(ACME, "export.zip", zip_of(f"{member}.csv"), CAME)
        written = files_below(Path(folder))
        assert all(name.startswith("a/store/tenants/acme/uploads/2026") for name in written)
        assert len(written) <= 1


@given(names)
@settings(deadline=None, max_examples=60)
def test_an_upload_of_any_name_lies_among_its_tenants_uploads_and_is_read_again(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = UploadLog(LocalStore(Path(folder) / "a" / "store"), ReadingLimits())
        try:
            log.add(ACME, name, CHART, CAME)
        except ExportRefusedError:
            assert files_below(Path(folder)) == []
            return
        (written,) = files_below(Path(folder))
        assert written.startswith("a/store/tenants/acme/uploads/2026")
        assert len(log.history(ACME).used) == 1


@given(names)
def test_a_name_that_is_no_tenants_gets_no_further(name: str) -> None:
    try:
        tenant = Tenant(name)
    except TenantError:
        return
    assert tenant.slug.isascii()
    assert not set(tenant.slug) - set("abcdefghijklmnopqrstuvwxyz0123456789-")


@pytest.mark.parametrize(
    "look_alike", ["аcme", "acme．", "ａcme", "acmе", "acme\u200b", "acme\n", "ACME", "acme\u0338"]
)
def test_a_look_alike_of_a_tenant_is_no_tenant(look_alike: str) -> None:
    with pytest.raises(TenantError):
        Tenant(look_alike)
