"""A user's own templates: used where they work, said and passed over where they don't, kept in their sandbox."""

from pathlib import Path

import pytest

from serp_radio_pipeline.radio.episode import Episode, make_episode
from serp_radio_pipeline.radio.templates import LONGEST_TEMPLATE, NAMES, read_templates, shipped_text, using_templates
from serp_radio_pipeline_tests.episodes import demo_score

SCORE = demo_score("4w")
SHIPPED = make_episode(SCORE, b"ID3")


def made_with(folder: Path, **texts: str) -> tuple[Episode, list[str]]:
    for name, text in texts.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    with using_templates(read_templates(folder)) as problems:
        made = make_episode(SCORE, b"ID3")
    return made, [str(problem) for problem in problems]


def test_without_any_the_shipped_ones_are_used_and_nothing_is_said(tmp_path: Path) -> None:
    assert made_with(tmp_path / "absent") == (SHIPPED, [])


def test_a_copy_of_every_shipped_one_makes_the_same_bytes(tmp_path: Path) -> None:
    copies = {name.replace(".", "_"): shipped_text(name) for name in NAMES}
    assert made_with(tmp_path, **copies) == (SHIPPED, [])


def test_a_template_of_ones_own_takes_the_place_of_the_shipped_one_and_of_no_other(tmp_path: Path) -> None:
    made, problems = made_with(tmp_path, notes_md="{{ verdict }} for {{ score.tenant }}")
    assert (made.notes, problems) == (b"Momentum up for demo", [])
    assert made.page == SHIPPED.page
    assert make_episode(SCORE, b"ID3") == SHIPPED


def test_a_base_of_ones_own_is_around_the_shipped_page(tmp_path: Path) -> None:
    base = shipped_text("base.html").replace("<style>", '<meta name="author" content="me">\n<style>')
    made, problems = made_with(tmp_path, base_html=base)
    assert problems == []
    assert made.page.replace(b'<meta name="author" content="me">\n', b"") == SHIPPED.page


def test_what_a_tenant_wrote_is_text_in_it_too(tmp_path: Path) -> None:
    said = SCORE.overall.model_copy(update={"reason": "<script>*x*</script>"})
    (tmp_path / "episode.html").write_text("{{ reason }}")
    (tmp_path / "notes.md").write_text("{{ reason }}")
    with using_templates(read_templates(tmp_path)):
        made = make_episode(SCORE.model_copy(update={"overall": said}), None)
    assert made.page == b"&lt;script&gt;*x*&lt;/script&gt;."
    assert made.notes == rb"\<script\>\*x\*\</script\>."


@pytest.mark.parametrize(
    ("text", "where", "reason"),
    [
        ("fine\n{% if %}", "notes.md, line 2", "Expected an expression"),
        ("{{ title }}\n\n{{ no_such_thing }}", "notes.md, line 3", "'no_such_thing' is undefined"),
        ("{{ score.no_such_thing }}", "notes.md, line 1", "has no attribute 'no_such_thing'"),
        ("\n{{ score.__class__.__mro__ }}", "notes.md, line 2", "unsafe"),
        ("{{ events.append('more') }}", "notes.md, line 1", "unsafe"),
        ("{{ 1 / 0 }}", "notes.md, line 1", "division by zero"),
        ("{% for i in range(99999) %}{{ 'x' * 100 }}{% endfor %}", "notes.md", "longer than 3,000,000 characters"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", "notes.md, line 1", "Range too big"),
        ('{% include "../feed.py" %}', "notes.md, line 1", "../feed.py"),
        ('{% include "/etc/hostname" %}', "notes.md, line 1", "/etc/hostname"),
        ("x" * (LONGEST_TEMPLATE + 1), "notes.md", "longer than 200,000 characters"),
    ],
)
def test_one_that_fails_is_named_with_its_line_and_the_shipped_one_is_used(
    tmp_path: Path, text: str, where: str, reason: str
) -> None:
    made, problems = made_with(tmp_path, notes_md=text)
    assert made == SHIPPED
    (said,) = problems
    assert said.startswith(f"templates/{where}: ")
    assert reason in said
    assert said.endswith("; the shipped one is used.")


def test_a_fault_in_the_base_is_said_of_the_base(tmp_path: Path) -> None:
    made, problems = made_with(tmp_path, base_html="<html>\n{{ absent }}")
    assert made == SHIPPED
    assert problems == ["templates/base.html, line 2: 'absent' is undefined; the shipped one is used."]


def test_a_file_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "episode.html").write_bytes(b"\xff\xfe")
    made, problems = made_with(tmp_path)
    assert made == SHIPPED
    assert problems == ["templates/episode.html: it can't be read (UnicodeDecodeError); the shipped one is used."]


def test_a_version_changes_with_every_change(tmp_path: Path) -> None:
    versions = [read_templates(tmp_path).version]
    for text in ("one", "two"):
        (tmp_path / "notes.md").write_text(text)
        versions.append(read_templates(tmp_path).version)
    assert len(set(versions)) == 3
    assert read_templates(tmp_path).version == versions[-1]
