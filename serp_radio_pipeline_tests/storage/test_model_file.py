import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from serp_radio_pipeline.labels.model import decided_by_model, train
from serp_radio_pipeline.storage.model_file import ModelFileError, dump_model, load_model
from serp_radio_pipeline_tests.labels.people import labels_with, newest

LABELS = labels_with(newest(20))
MODEL = train(LABELS)
STORED = dump_model(MODEL)


def changed(change: Callable[[dict[str, bytes]], None]) -> bytes:
    """Return the stored model with changed members."""
    with zipfile.ZipFile(io.BytesIO(STORED)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_model_comes_back_and_says_the_same() -> None:
    back = load_model(STORED)
    assert back.to_json() == MODEL.to_json()
    assert decided_by_model(LABELS, back) == decided_by_model(LABELS, MODEL)


def test_one_that_was_not_trained_holds_its_words_alone() -> None:
    untrained = train(LABELS, use_training=False)
    content = dump_model(untrained)
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["model.json"]
    assert load_model(content) == untrained


def test_the_same_labels_are_the_same_bytes_in_any_process() -> None:
    program = (
        "import hashlib\n"
        "from serp_radio_pipeline.labels.model import train\n"
        "from serp_radio_pipeline.storage.model_file import dump_model\n"
        "from serp_radio_pipeline_tests.labels.people import labels_with, newest\n"
        "print(hashlib.sha256(dump_model(train(labels_with(newest(20))))).hexdigest())"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1


def test_what_is_no_model_is_refused_in_a_sentence() -> None:
    for content in (b"", b"PK\x03\x04", b"\x80\x04pickle", STORED[:-100]):
        with pytest.raises(
            ModelFileError, match=r"^The stored model can't be used \(.+\); make the tenant-day again\.$"
        ):
            load_model(content)


def test_a_type_that_no_model_holds_is_never_built() -> None:
    def slip_in(members: dict[str, bytes]) -> None:
        schema = json.loads(members["schema.json"])
        schema["__module__"], schema["__class__"] = "subprocess", "Popen"
        members["schema.json"] = json.dumps(schema).encode()

    with pytest.raises(ModelFileError, match=r"it holds subprocess\.Popen, which no model of ours does"):
        load_model(changed(slip_in))


def test_a_tree_that_leads_out_of_itself_is_refused() -> None:
    def mislead(members: dict[str, bytes]) -> None:
        for name, content in members.items():
            if name.endswith(".npy"):
                array = np.load(io.BytesIO(content), allow_pickle=False)
                if array.dtype.names and "left_child" in array.dtype.names and len(array) > 1:
                    array["left_child"][0] = 10_000
                    buffer = io.BytesIO()
                    np.save(buffer, array, allow_pickle=False)
                    members[name] = buffer.getvalue()

    with pytest.raises(ModelFileError, match="node 0 of a tree leads nowhere"):
        load_model(changed(mislead))


def test_a_model_that_claims_to_be_better_than_it_was_is_refused() -> None:
    def boast(members: dict[str, bytes]) -> None:
        said = json.loads(members["model.json"])
        said["evaluation"]["luck_against_rules"] = 0.5
        members["model.json"] = json.dumps(said).encode()

    with pytest.raises(ModelFileError, match="decides only where it is better"):
        load_model(changed(boast))


def test_a_bomb_is_not_unpacked() -> None:
    def blow_up(members: dict[str, bytes]) -> None:
        members["0.npy"] = bytes(21_000_000)

    with pytest.raises(ModelFileError, match="unpacks to over 20,000,000 bytes"):
        load_model(changed(blow_up))


def test_nothing_in_the_file_says_where_things_lay_in_memory() -> None:
    with zipfile.ZipFile(io.BytesIO(STORED)) as archive:
        numbers = [int(found) for found in re.findall(r'"__id__": (\d+)', archive.read("schema.json").decode())]
    assert max(numbers) < len(numbers)
