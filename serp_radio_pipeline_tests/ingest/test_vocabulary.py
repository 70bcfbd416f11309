import pytest
import yaml

from serp_radio_pipeline.ingest.vocabulary import ROLES, VocabularyError, default_vocabulary, parse_vocabulary

GOOD = {
    "name": "Tool",
    "source": "tool",
    "columns": {role: [role.title()] for role in ROLES},
    "total_rows": ["Total"],
    "filters": {"headers": [], "search_type": [], "date": [], "names": {}, "search_types": {}},
    "breakdowns": {"pages": ["Page"]},
    "other_reports": [{"report": "links", "file_words": ["Links"]}],
}


def test_the_shipped_vocabulary_knows_roles_in_many_languages():
    words = default_vocabulary()
    for header, role in (
        ("Clics", "clicks"),
        (" IMPRESSIONEN ", "impressions"),
        ("日期", "date"),
        ("掲載順位", "position"),
    ):
        assert words.role_of(header) == role
    assert words.role_of("Not indexed") is None


def test_no_word_of_the_shipped_vocabulary_names_two_roles():
    columns = default_vocabulary().columns
    assert sum(map(len, columns.values())) == len(frozenset().union(*columns.values()))


def test_a_vocabulary_of_ones_own_is_read():
    assert parse_vocabulary(yaml.safe_dump(GOOD), "tool.yaml").role_of("CTR") == "ctr"


WRONG = {
    "no YAML": ("a: [", "tool.yaml, line 1: this is not valid YAML"),
    "a list": ("[]", "the file must be a mapping"),
    "a part is missing": (yaml.safe_dump({k: v for k, v in GOOD.items() if k != "source"}), "unknown: source"),
    "an unknown part": (yaml.safe_dump({**GOOD, "colums": {}}), "unknown: colums"),
    "words that are none": (yaml.safe_dump({**GOOD, "total_rows": [3]}), "every word of total_rows must be a text"),
    "words that are no list": (yaml.safe_dump({**GOOD, "total_rows": "Total"}), "total_rows must be a list"),
    "a role is missing": (yaml.safe_dump({**GOOD, "columns": {"date": []}}), "columns must have exactly"),
    "reports that are no list": (yaml.safe_dump({**GOOD, "other_reports": {}}), "other_reports must be a list"),
}


@pytest.mark.parametrize(("text", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_vocabulary_is_refused_with_the_reason(text, sentence):
    with pytest.raises(VocabularyError, match=sentence):
        parse_vocabulary(text, "tool.yaml")
