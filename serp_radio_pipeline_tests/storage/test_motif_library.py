"""A tenant's own motifs in the store: what is kept, what is read, and what is named as left out."""

import contextlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.motifs.catalog import NO_MOTIFS
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.storage.keys import is_artefact
from serp_radio_pipeline.storage.motif_library import (
    MOST_LARGEST_FILES,
    MOST_OWN_FILES,
    MotifLibrary,
    MotifLibraryError,
    with_own,
)
from serp_radio_pipeline.storage.store import KeyRefusedError, LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.episodes import RULES
from serp_radio_pipeline_tests.motifs.test_motif_library import BAD, midi_of, notes
from serp_radio_pipeline_tests.storage.test_keys import names

ACME, OTHER = Tenant("acme"), Tenant("other")
PHRASE, ANSWER = midi_of(*notes(60, 62, 64, 65)), midi_of(*notes(72, 69, 67, 60))
CSV = b"bar_index,label,description\n0,MOMENTUM_POS,up\n"


@pytest.fixture
def library(tmp_path: Path) -> MotifLibrary:
    return MotifLibrary(LocalStore(tmp_path))


def test_own_motifs_are_read_with_the_labels_beside_them_and_name_their_library(library: MotifLibrary) -> None:
    assert library.read(ACME).catalog == NO_MOTIFS
    library.add(ACME, "riff.csv", CSV)
    library.add(ACME, "riff.mid", PHRASE)
    (motif,) = library.read(ACME).catalog.motifs
    assert (motif.file, motif.label, motif.description, motif.is_own) == ("acme/riff.mid", "MOMENTUM_POS", "up", True)
    assert library.read(OTHER).catalog == NO_MOTIFS


def test_the_version_changes_with_what_one_tenant_adds_and_with_nothing_else(library: MotifLibrary) -> None:
    assert library.data_version(ACME) == "none"
    seen = set()
    for name, content in (("a.mid", PHRASE), ("b.mid", ANSWER), ("b.csv", CSV)):
        library.add(ACME, name, content)
        seen.add(library.data_version(ACME))
        library.add(OTHER, name, content)
        assert library.data_version(ACME) in seen
    assert len(seen) == 3


def test_nothing_that_was_given_is_replaced(library: MotifLibrary) -> None:
    assert library.add(ACME, "riff.mid", PHRASE)
    assert not library.add(ACME, "riff.mid", PHRASE)
    with pytest.raises(MotifLibraryError, match=r"acme has another riff\.mid already, and none is replaced"):
        library.add(ACME, "riff.mid", ANSWER)
    assert library.store.get("tenants/acme/motifs/riff.mid") == PHRASE


def test_only_midi_and_csv_are_kept(library: MotifLibrary) -> None:
    with pytest.raises(MotifLibraryError, match="neither MIDI nor CSV"):
        library.add(ACME, "riff.wav", b"RIFF")


def test_gifts_are_no_artefacts_that_a_lifecycle_rule_may_remove() -> None:
    assert not is_artefact("tenants/acme/motifs/2026-03-22.mid")


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_named_with_its_reason_and_the_others_serve(library: MotifLibrary, case: str) -> None:
    content, reason = BAD[case]
    library.store.put("tenants/acme/motifs/bad.mid", content)  # put there by other hands
    library.add(ACME, "good.mid", PHRASE)
    catalog = library.read(ACME).catalog
    assert [motif.file for motif in catalog.motifs] == ["acme/good.mid"]
    (problem,) = catalog.problems
    assert problem.file == "acme/bad.mid"
    assert reason in problem.reason


def test_a_file_too_large_is_not_even_fetched(library: MotifLibrary) -> None:
    library.store.put("tenants/acme/motifs/big.mid", bytes(library.limits.max_bytes + 1))
    (problem,) = library.read(ACME).catalog.problems
    assert problem.reason == "acme/big.mid has 2097153 bytes; at most 2097152 are read. Split it."


def test_files_beyond_the_bound_are_named_and_left_out(library: MotifLibrary) -> None:
    for number in range(MOST_OWN_FILES + 2):
        library.store.put(f"tenants/acme/motifs/{number:03}.mid", PHRASE)
    catalog = library.read(ACME).catalog
    assert catalog.files == MOST_OWN_FILES
    assert [problem.file for problem in catalog.problems] == ["acme/200.mid", "acme/201.mid"]


def test_own_motifs_come_first_and_none_stands_twice(library: MotifLibrary) -> None:
    shipped = shipped_catalogue(RULES / "motifs")
    assert with_own(library.read(ACME).catalog, shipped) == shipped
    library.add(ACME, "copy.mid", (RULES / "motifs" / "neutral_dense.mid").read_bytes())
    both = with_own(library.read(ACME).catalog, shipped)
    assert len(both.motifs) == len(shipped.motifs)
    assert both.motifs[0].file == "acme/copy.mid"


def test_labels_too_large_leave_their_midi_file_out_and_are_named(library: MotifLibrary) -> None:
    library.add(ACME, "riff.mid", PHRASE)
    library.store.put("tenants/acme/motifs/riff.csv", bytes(library.limits.max_bytes + 1))
    (problem,) = library.read(ACME).catalog.problems
    assert problem.file == "acme/riff.mid"
    assert problem.reason.startswith("acme/riff.mid is left out: acme/riff.csv beside it has 2097153 bytes")


def test_bytes_beyond_the_bound_are_named_and_left_out(library: MotifLibrary) -> None:
    half, most = library.limits.max_bytes, MOST_LARGEST_FILES * library.limits.max_bytes
    for name in ("a", "b", "c"):
        library.store.put(f"tenants/acme/motifs/{name}.mid", bytes(half))
    library.add(ACME, "d.mid", PHRASE)
    last = [problem.reason for problem in library.read(ACME).catalog.problems][-2:]
    assert last == [
        f"acme/{name}.mid is too much: at most {most} bytes of a tenant's own files are read." for name in ("c", "d")
    ]


def test_labels_beside_no_midi_file_are_named_and_not_fetched(library: MotifLibrary) -> None:
    library.add(ACME, "riff.mid", PHRASE)
    library.store.put("tenants/acme/motifs/song.csv", CSV)
    fetched: list[str] = []
    get = library.store.get

    def counted(key: str, *, etag: str | None = None) -> bytes:
        fetched.append(key)
        return get(key, etag=etag)

    library.store.get = counted  # type: ignore[method-assign]
    (problem,) = library.read(ACME).catalog.problems
    assert problem.reason == "acme/song.csv labels nothing: no MIDI file of its name is beside it."
    assert fetched == ["tenants/acme/motifs/riff.mid"]


@pytest.mark.parametrize("name", [b"bad\xff.mid", b"\x1b[31mred.mid", "\u202edim.mid".encode()])
def test_a_name_that_can_not_be_shown_is_named_without_it_and_stops_no_other(
    library: MotifLibrary, tmp_path: Path, name: bytes
) -> None:
    library.add(ACME, "good.mid", PHRASE)
    Path(os.fsdecode(os.fsencode(tmp_path / "tenants/acme/motifs") + b"/" + name)).write_bytes(ANSWER)
    catalog = library.read(ACME).catalog
    assert [motif.file for motif in catalog.motifs] == ["acme/good.mid"]
    (problem,) = catalog.problems
    assert problem.reason.endswith("has characters in its name that can't be shown: rename it.")
    assert problem.reason.isprintable()
    assert library.data_version(ACME).startswith("2-")


class ChangingStore(LocalStore):
    """A store in which other hands are at work between its listing and what is read of it."""

    parallel_reads = 4

    def get(self, key: str, *, etag: str | None = None) -> bytes:
        if key.endswith("gone.mid"):
            self.path(key).unlink()
        if key.endswith("new.mid"):
            self.path(key).write_bytes(PHRASE + ANSWER)
        if key.endswith("refused.mid"):
            raise KeyRefusedError("no file system knows that key.")
        return super().get(key, etag=etag)


def test_files_that_others_change_while_they_are_read_are_named_and_the_rest_serves(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    for name in ("gone", "good", "new", "refused"):
        store.put(f"tenants/acme/motifs/{name}.mid", PHRASE)
    catalog = MotifLibrary(ChangingStore(tmp_path)).read(ACME).catalog
    assert [motif.file for motif in catalog.motifs] == ["acme/good.mid"]
    assert [problem.reason for problem in catalog.problems] == [
        "acme/gone.mid can't be read: it is no longer there.",
        "acme/new.mid can't be read: it was replaced meanwhile.",
        "acme/refused.mid can't be read: no file system knows that key.",
    ]


def test_what_comes_while_files_are_read_is_in_neither_the_catalogue_nor_its_version(tmp_path: Path) -> None:
    class Growing(LocalStore):
        def get(self, key: str, *, etag: str | None = None) -> bytes:
            self.put("tenants/acme/motifs/late.mid", ANSWER)
            return super().get(key, etag=etag)

    LocalStore(tmp_path).put("tenants/acme/motifs/early.mid", PHRASE)
    before = MotifLibrary(LocalStore(tmp_path)).data_version(ACME)
    found = MotifLibrary(Growing(tmp_path)).read(ACME)
    assert found.data_version == before != MotifLibrary(LocalStore(tmp_path)).data_version(ACME)
    assert [motif.file for motif in found.catalog.motifs] == ["acme/early.mid"]


@given(names, st.sampled_from([".mid", ".midi", ".csv"]))
@settings(deadline=None, max_examples=60)
def test_whatever_a_file_is_called_it_lies_below_its_own_tenants_motifs_or_nowhere(name: str, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        library = MotifLibrary(LocalStore(Path(folder) / "store"))
        for file, content in ((f"{name}{ending}", PHRASE), (f"{name}x{ending}", ANSWER)):
            with contextlib.suppress(MotifLibraryError):  # a name of nothing, or two that are cut to the same
                library.add(ACME, file, content)
        written = [path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()]
    assert 1 <= len(written) <= 2
    for place in written:
        assert place.startswith("store/tenants/acme/motifs/")
        assert place.count("/") == 4
