"""What listeners open: a page that asks nobody for anything, transcript and chapters in time, notes in fixed order."""

import base64
import hashlib
import itertools
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.radio.charts import HEIGHT, chart
from serp_radio_pipeline.radio.episode import make_episode
from serp_radio_pipeline.radio.episode_page import episode_page
from serp_radio_pipeline.radio.figures import METRICS, todays_figures
from serp_radio_pipeline.radio.show_notes import show_notes
from serp_radio_pipeline.radio.transcript import chapters_json, cues, transcript_vtt
from serp_radio_pipeline_tests.episodes import demo_score
from serp_radio_pipeline_tests.radio.page_reading import Page

SCORE = demo_score()
MP3 = b"ID3 sound"


def with_tenant_words(text: str) -> Score:
    """The demo's score, in which a tenant wrote that text wherever a tenant may write."""
    said = SCORE.overall.model_copy(update={"reason": text, "rule": text})
    return SCORE.model_copy(
        update={"overall": said, "weeks": tuple(w.model_copy(update={"reason": text}) for w in SCORE.weeks)}
    )


def test_the_same_score_and_sound_give_the_same_bytes() -> None:
    assert make_episode(SCORE, MP3) == make_episode(SCORE, MP3)


def test_the_page_without_its_sound_is_small() -> None:
    assert len(episode_page(SCORE, None)) < 400_000


def test_nothing_on_the_page_asks_for_anything_outside() -> None:
    for _, attributes in Page(episode_page(SCORE, MP3)).elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:", "#")), value
        assert not any(name.startswith("on") or name == "style" for name in attributes)


def test_the_policy_lets_the_pages_own_style_and_script_run_and_nothing_else() -> None:
    page = Page(episode_page(SCORE, MP3))
    policy = next(a["content"] or "" for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    data, script = page.inside["script"]
    for text in ("".join(page.inside["style"]), script):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert json.loads(data)["days"][-1]["date"] == SCORE.date.isoformat()


def test_the_page_names_the_instruments_of_the_pack_that_plays() -> None:
    roles = SCORE.pack.roles
    bassoon = SCORE.pack.model_copy(
        update={"roles": {**roles, "counter": roles["counter"].model_copy(update={"name": "Bassoon"})}}
    )
    assert f"{roles['counter'].name}, between the beats" in episode_page(SCORE, None).decode()
    assert "Bassoon, between the beats" in episode_page(SCORE.model_copy(update={"pack": bassoon}), None).decode()


def test_every_number_of_the_score_stands_in_the_table() -> None:
    html = episode_page(SCORE, MP3).decode()
    rows = re.findall(r"<tr><th scope=\"row\"><time[^>]*>([\d-]+)</time></th>(.*?)</tr>", html, re.DOTALL)
    assert [date for date, _ in rows] == [day.date.isoformat() for day in reversed(SCORE.days)]
    for (_, cells), day in zip(rows, reversed(SCORE.days), strict=True):
        values = re.findall(r"<td>(.*?)</td>", cells)
        assert values[:4] == ["" if (v := one.of(day)) is None else one.write(v) for one in METRICS.values()]


def test_a_sound_that_is_gone_is_said_and_the_rest_stays() -> None:
    html = episode_page(SCORE, None).decode()
    assert "The sound of this episode is gone" in html
    assert "<audio" not in html
    assert SCORE.date.isoformat() in html


@given(
    st.text(min_size=1, max_size=60)
    | st.sampled_from(["<script>alert(1)</script>", "</script><img onerror=x>", "\u202eevil", '"><b>'])
)
@settings(deadline=None, max_examples=40)
def test_whatever_a_tenant_writes_is_text(text: str) -> None:
    plain, said = (Page(episode_page(score, MP3)) for score in (with_tenant_words("x"), with_tenant_words(text)))
    assert [(tag, sorted(attributes)) for tag, attributes in said.elements] == [
        (tag, sorted(attributes)) for tag, attributes in plain.elements
    ]
    assert len(said.inside["script"]) == 2


def test_cues_follow_each_other_without_gaps_from_start_to_end() -> None:
    found = cues(SCORE)
    assert found[0].start == 0
    assert found[-1].end == pytest.approx(SCORE.seconds(SCORE.end_tick))
    assert all(one.end == pytest.approx(after.start) for one, after in itertools.pairwise(found))
    first_week = next(cue.heading for cue in found if cue.heading.startswith("Week"))
    assert first_week.startswith(f"Week {SCORE.weeks[0].week}")


def test_the_transcript_is_webvtt_with_a_cue_per_section() -> None:
    blocks = transcript_vtt(SCORE).decode().split("\n\n")
    assert blocks[0] == "WEBVTT"
    timing = re.compile(r"\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}")
    assert all(timing.fullmatch(block.splitlines()[1]) for block in blocks[1:])
    assert len(blocks) - 1 == len(SCORE.sections)


def test_chapters_are_those_of_the_podcast_namespace() -> None:
    document = json.loads(chapters_json(SCORE))
    assert document["version"] == "1.2.0"
    times = [chapter["startTime"] for chapter in document["chapters"]]
    assert times == sorted(times)
    assert times[0] == 0


def test_today_is_compared_with_the_median_of_its_weekday_and_better_is_better_for_position_too() -> None:
    last = SCORE.days[-1]
    mates = sorted(day.clicks or 0 for day in SCORE.days[:-1] if day.date.weekday() == last.date.weekday())
    clicks = todays_figures(SCORE)[0]
    middle = len(mates) // 2
    assert clicks.normal == (mates[middle] if len(mates) % 2 else (mates[middle - 1] + mates[middle]) / 2)
    better = last.model_copy(update={"position": 1.0})
    position = todays_figures(SCORE.model_copy(update={"days": (*SCORE.days[:-1], better)}))[3]
    assert position.direction == "better"
    assert position.words.endswith("better")


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_a_charts_highest_point_is_its_best_day(metric: object) -> None:
    drawn = chart(SCORE, metric)  # type: ignore[arg-type]
    heights = [float(y) for y in re.findall(r"[ML]\d+ ([\d.]+)", drawn.line)]
    values = [v for day in SCORE.days if (v := metric.of(day)) is not None]  # type: ignore[attr-defined]
    best = min(values) if metric.lower_is_better else max(values)  # type: ignore[attr-defined]
    assert len(heights) == len(values)
    assert heights[values.index(best)] == min(heights)
    assert all(0 <= height <= HEIGHT for height in heights)


def test_notes_come_in_fixed_order_and_what_a_tenant_wrote_is_no_markup() -> None:
    notes = show_notes(SCORE).decode().splitlines()
    assert notes[0].startswith(f"# {SCORE.tenant}")
    assert notes[2].startswith("**Momentum up.** ")
    assert notes[4].endswith(".")
    said = show_notes(with_tenant_words("**bold** [link](http://x) <b>")).decode()
    assert "\\*\\*bold\\*\\* \\[link\\]" in said
    assert "<b>" not in said.replace("\\<b\\>", "")


def test_a_quiet_day_says_so() -> None:
    quiet = SCORE.model_copy(update={"events": ()})
    assert "A quiet day: nothing out of the ordinary." in show_notes(quiet).decode()
