"""`serp-radio packs` and the pack that an episode is played in, as a person meets them."""

import shutil
from pathlib import Path

import pytest

from serp_radio_pipeline.music.score import Score
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.store import LocalStore
from serp_radio_pipeline.tenant import Tenant
from serp_radio_pipeline_tests.command_line import SerpRadio
from serp_radio_pipeline_tests.defs.fleets import upload
from serp_radio_pipeline_tests.episodes import RULES, SUNDAY

ACME = Tenant("acme")


@pytest.fixture
def acme(serp_radio: SerpRadio) -> SerpRadio:
    """The command line on a store with one tenant."""
    upload(Settings.from_environment(), ACME)
    return serp_radio


@pytest.fixture
def own_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the rules with a pack `mallets`, whose lead hides note lengths."""
    rules = tmp_path / "rules"
    shutil.copytree(RULES, rules)
    packs = rules / "packs"
    text = (packs / "newsroom.yaml").read_text(encoding="utf-8").replace("name: newsroom", "name: mallets")
    text = text.replace("{program: 4,   name: Electric Piano 1,", "{program: 12, name: Marimba,")
    (packs / "mallets.yaml").write_text(text, encoding="utf-8")
    for name in ("8-bit", "arena-rock", "synthwave"):
        (packs / f"{name}.yaml").unlink()
    monkeypatch.setenv("SERP_RADIO_RULES", str(rules))
    return rules


def test_the_help_names_the_packs_that_there_are(serp_radio: SerpRadio, own_rules: Path) -> None:
    answer = serp_radio("sonify", "--help")
    assert answer.code == 0
    assert "Sound packs: newsroom, mallets." in answer.out


def test_packs_are_listed_before_and_after_they_were_tried(serp_radio: SerpRadio, own_rules: Path) -> None:
    (own_rules / "packs" / "broken.yaml").write_text("tempo: fast\n", encoding="utf-8")
    before = serp_radio("packs", "list")
    assert (before.code, before.err) == (0, "")
    assert before.out.count("not tried yet") == 2
    assert "\nbroken.yaml is refused: line 1: " in before.out
    assert "tempo: Input should be a valid integer" in before.out
    assert serp_radio("packs", "check", "mallets").code == 1
    after = serp_radio("packs", "list").out
    assert after.count("not tried yet") == 1
    assert "unfit" in after
    assert "\nmallets: the lead's Marimba hides how long notes are" in after


def test_the_default_pack_is_fit_on_the_default_soundfont(serp_radio: SerpRadio) -> None:
    answer = serp_radio("packs", "check", "newsroom")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[-1] == "newsroom: fit"
    assert "Electric Piano 1" in answer.out


def test_a_pack_that_hides_data_is_refused_wherever_it_is_asked_for(acme: SerpRadio, own_rules: Path) -> None:
    for words in (
        ("packs", "use", "acme", "mallets"),
        ("sonify", "acme", "--pack", "mallets"),
        ("sonify", "--all", "--pack", "mallets"),
    ):
        answer = acme(*words)
        assert (answer.code, answer.out) == (1, "")
        sentence = answer.err.splitlines()[-1]
        assert (
            "The sound pack mallets can't be used on TimGM6mb: the lead's Marimba hides how long notes are" in sentence
        )
    store = LocalStore(Settings.from_environment().store_folder)
    assert not [stored.key for stored in store.list("tenants/acme/") if "/uploads/" not in stored.key]


def test_a_tenant_plays_the_pack_it_chose(acme: SerpRadio) -> None:
    assert acme("packs", "use", "acme").out == "acme plays newsroom.\n"
    chosen = acme("packs", "use", "acme", "8-bit")
    assert (chosen.code, chosen.out) == (0, "acme: plays 8-bit from its next episode on.\n")
    assert acme("packs", "use", "acme").out == "acme plays 8-bit.\n"
    assert acme("sonify", "acme", "--lookback", "1w").code == 0
    assert pack_of_the_last_episode() == "8-bit"
    assert acme("sonify", "acme", "--lookback", "1w", "--pack", "newsroom").code == 0
    assert pack_of_the_last_episode() == "newsroom"


def pack_of_the_last_episode() -> str:
    store = LocalStore(Settings.from_environment().store_folder)
    return Score.from_json(store.get(f"tenants/acme/controls/{SUNDAY}.json")).pack.name


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("use", "acme", "polka"), "There is no sound pack 'polka': choose one of newsroom, "),
        (("use", "Acme", "newsroom"), "is not a tenant name"),
        (("use", "nobody", "newsroom"), "There is no tenant nobody yet"),
        (("check", "polka"), "There is no sound pack 'polka'"),
        (("check", "newsroom", "--soundfont", "missing.sf2"), "missing.sf2"),
    ],
)
def test_a_wrong_word_is_said(acme: SerpRadio, words: tuple[str, ...], says: str) -> None:
    answer = acme("packs", *words)
    assert (answer.code, answer.out) == (1, "")
    assert says in answer.err.splitlines()[-1]
