import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.motifs.catalog import NO_MOTIFS
from serp_radio_pipeline.motifs.library import shipped_catalogue
from serp_radio_pipeline.storage.keys import is_artefact
from serp_radio_pipeline.storage.motif_library import MOST_OWN_FILES, MotifLibrary, MotifLibraryError, with_own
from serp_radio_pipeline.storage.store import LocalStore
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
    assert library.read(ACME) == NO_MOTIFS
    library.add(ACME, "riff.csv", CSV)
    library.add(ACME, "riff.mid", PHRASE)
    (motif,) = library.read(ACME).motifs
    assert (motif.file, motif.label, motif.description, motif.is_own) == ("acme/riff.mid", "MOMENTUM_POS", "up", True)
    assert library.read(OTHER) == NO_MOTIFS


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
    catalog = library.read(ACME)
    assert [motif.file for motif in catalog.motifs] == ["acme/good.mid"]
    (problem,) = catalog.problems
    assert problem.file == "acme/bad.mid"
    assert reason in problem.reason


def test_a_file_too_large_is_not_even_fetched(library: MotifLibrary) -> None:
    library.store.put("tenants/acme/motifs/big.mid", bytes(2_000_001))
    (problem,) = library.read(ACME).problems
    assert problem.reason == "acme/big.mid has 2000001 bytes, which is too many."


def test_files_beyond_the_bound_are_named_and_left_out(library: MotifLibrary) -> None:
    for number in range(MOST_OWN_FILES + 2):
        library.store.put(f"tenants/acme/motifs/{number:03}.mid", PHRASE)
    catalog = library.read(ACME)
    assert catalog.files == MOST_OWN_FILES
    assert [problem.file for problem in catalog.problems] == ["acme/200.mid", "acme/201.mid"]


def test_own_motifs_come_first_and_none_stands_twice(library: MotifLibrary) -> None:
    shipped = shipped_catalogue(RULES / "motifs")
    assert with_own(library.read(ACME), shipped) == shipped
    library.add(ACME, "copy.mid", (RULES / "motifs" / "neutral_dense.mid").read_bytes())
    both = with_own(library.read(ACME), shipped)
    assert len(both.motifs) == len(shipped.motifs)
    assert both.motifs[0].file == "acme/copy.mid"


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
