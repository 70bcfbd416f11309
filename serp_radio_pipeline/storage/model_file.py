"""A trained model as bytes: a skops file, never a pickle, with features, versions, data and scores in `model.json`.

skops names its members by where objects lay in memory; they are renamed here, so that the same model is the same bytes.
"""

import io
import json
import re
import zipfile
from typing import Any

from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.labels.model import LabelModel

FORMAT = "serp-radio label model 1"
SCORES, SCHEMA = "model.json", "schema.json"
TRUSTED_TYPES = ("sklearn.tree._tree.Tree",)
"""What a model may hold beyond what skops trusts by itself. A tree's arrays are checked after loading: one that leads
out of itself would read foreign memory."""
LARGEST = 20_000_000
"""Bytes of all members, unpacked."""
_MEMORY_NAME = re.compile(r'("__id__": |"file": ")(\d+)')
_SAME_TIME = (2020, 1, 1, 0, 0, 0)


class ModelFileError(SerpRadioError):
    """Bytes that are no model of ours, or one that somebody changed."""


def dump_model(model: LabelModel) -> bytes:
    """Return the model as bytes; where nothing was trained, its words and figures alone."""
    members = {SCORES: json.dumps({"format": FORMAT, **model.to_json()}, indent=1, ensure_ascii=False).encode()}
    if model.classifier is not None:
        import skops.io  # noqa: PLC0415 - brings scikit-learn along, 1 s of import

        members |= _renamed(skops.io.dumps(model.classifier))
    return _zipped(members)


def load_model(content: bytes) -> LabelModel:
    """Read a model back, executing nothing that the bytes say.

    Raises:
        ModelFileError: the bytes are no model, hold a type that is not trusted, or a tree that leads nowhere.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise ModelFileError(f"it unpacks to over {LARGEST:,} bytes")
            said = json.loads(archive.read(SCORES))
            is_trained = SCHEMA in archive.namelist()
        if said.pop("format") != FORMAT:
            raise ModelFileError("it is of another format")
        return LabelModel.from_json(said, _classifier(content) if is_trained else None)
    except (SerpRadioError, zipfile.BadZipFile, LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        reason = str(error).rstrip(".") or type(error).__name__
        raise ModelFileError(f"The stored model can't be used ({reason}); make the tenant-day again.") from error


def _classifier(content: bytes) -> Any:
    import skops.io  # noqa: PLC0415 - as above

    foreign = [name for name in skops.io.get_untrusted_types(data=content) if name not in TRUSTED_TYPES]
    if foreign:
        raise ModelFileError(f"it holds {', '.join(foreign)[:200]}, which no model of ours does")
    classifier = skops.io.loads(content, trusted=list(TRUSTED_TYPES))
    for estimator in classifier.estimators_:
        _check_tree(estimator.tree_, classifier.n_features_in_, len(classifier.classes_))
    return classifier


def _check_tree(tree: Any, inputs: int, classes: int) -> None:
    """Refuse a tree of which a node's children do not lie after it, or that asks for an input that there is not."""
    nodes = range(tree.node_count)
    for node in nodes:
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        is_leaf = left == right == -1
        if not is_leaf and not (node < left < len(nodes) and node < right < len(nodes)):
            raise ModelFileError(f"node {node} of a tree leads nowhere")
        if not is_leaf and not 0 <= tree.feature[node] < inputs:
            raise ModelFileError(f"node {node} of a tree asks for an input that there is not")
    if tree.value.shape != (len(nodes), 1, classes) or tree.n_features != inputs:
        raise ModelFileError("a tree is of another shape than its model")


def _renamed(content: bytes) -> dict[str, bytes]:
    """Return a skops file's members with names by order of mention instead of places in memory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        schema = archive.read(SCHEMA).decode()
        numbers: dict[str, str] = {}
        for match in _MEMORY_NAME.finditer(schema):
            numbers.setdefault(match[2], str(len(numbers)))
        renamed = _MEMORY_NAME.sub(lambda match: match[1] + numbers[match[2]], schema)
        members = {SCHEMA: renamed.encode()}
        for name in archive.namelist():
            if name != SCHEMA:
                stem, _, ending = name.partition(".")
                members[f"{numbers[stem]}.{ending}"] = archive.read(name)
    return members


def _zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(members):
            member = zipfile.ZipInfo(name, _SAME_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, members[name])
    return buffer.getvalue()
