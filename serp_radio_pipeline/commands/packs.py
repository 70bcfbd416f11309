"""`serp-radio packs`: which sound packs there are, whether they are fit for the soundfont, and which a tenant plays."""

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from serp_radio_pipeline.commands.people import print_table, say_to_dagster
from serp_radio_pipeline.commands.trial import trials_in
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.music.pack import Pack, PackError, pack_names, read_pack
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.location import open_store
from serp_radio_pipeline.storage.pack_choice import choose_pack, chosen_pack
from serp_radio_pipeline.storage.pack_verdicts import Verdict, keep_verdict, known_verdict, verdict_digest
from serp_radio_pipeline.storage.store import Store
from serp_radio_pipeline.tenant import Tenant

if TYPE_CHECKING:
    from serp_radio_pipeline.audio.pack_trial import PackTrial
    from serp_radio_pipeline.audio.soundfont import Soundfont

app = typer.Typer(name="packs", help="Look after sound packs.", no_args_is_help=True)

CHECK_COLUMNS = (
    "voice",
    "instrument",
    "length heard",
    "10 % onset",
    "loudness",
    "notes that stand out",
    "pitch by ear",
)
LANES = {"lead": "clicks", "counter": "position", "bass": "impressions"}


class UnfitPackError(SerpRadioError):
    """A sound pack that would hide data on the soundfont in use."""


class CommandThatNamesPacks(TyperCommand):
    """A command whose help ends with the packs that there are now."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Add the names to the help; they are looked up when somebody asks for it."""
        try:
            self.epilog = f"Sound packs: {', '.join(pack_names(Settings.from_environment().rules_folder))}."
        except SerpRadioError as error:
            self.epilog = f"Sound packs can't be listed: {error}"
        super().format_help(ctx, formatter)


@app.command(name="list")
def list_packs() -> None:
    """List the packs, their instruments, and whether they are fit for the soundfont in use."""
    settings = Settings.from_environment()
    store, soundfont = _store(settings), _soundfont(settings)
    rows, reasons = [], []
    for name in pack_names(settings.rules_folder):
        try:
            pack = read_pack(settings.rules_folder, name)
        except PackError as error:
            rows.append((name, "-", "-", "can't be used"))
            reasons.append(str(error))
            continue
        verdict = known_verdict(store, _digest(pack, soundfont))
        voices = ", ".join(f"{role} {pack.roles[role].name}" for role in LANES)  # type: ignore[index]
        rows.append((name, pack.title, voices, "not tried yet" if verdict is None else verdict.in_a_word))
        reasons += [f"{name}: {problem}" for problem in verdict.problems] if verdict else []
    print_table(("pack", "title", "data voices", f"on {soundfont.name}"), rows)
    for reason in reasons:
        print(reason)


@app.command()
def check(
    packs: Annotated[list[str] | None, typer.Argument(help="packs' names; else all")] = None,
    soundfont: Annotated[Path | None, typer.Option(help="a .sf2 file; else the one in use")] = None,
) -> None:
    """Measure packs on a soundfont: note lengths, onsets, loudness, masking, pitch by ear; exit 1 if one is unfit."""
    settings = Settings.from_environment()
    font = _soundfont(settings, soundfont)
    unfit = 0
    for name in packs or pack_names(settings.rules_folder):
        pack = read_pack(settings.rules_folder, name)
        trial, verdict = _try(settings, _store(settings), pack, font)
        print(f"{pack.title} ({name}) on {font.name}")
        print_table(CHECK_COLUMNS, _rows(trial))
        for mix in trial.mixes:
            print(
                f"mix of {mix.days} days: {mix.measured.loudness_lufs:.1f} LUFS, "
                f"{mix.measured.true_peak_dbtp:.1f} dBTP, range {mix.measured.loudness_range_lu:.1f} LU, "
                f"{mix.balance.mono_loss_lu:.1f} LU lost in mono, {mix.balance.brightness_db:+.1f} dB against the "
                "target spectrum"
            )
        print(f"{name}: {verdict.in_a_word}")
        for problem in verdict.problems:
            print(f"  {problem}")
        unfit += not verdict.is_fit
    if unfit:
        raise typer.Exit(1)


@app.command()
def use(
    tenant: Annotated[str, typer.Argument(help="the tenant's name, such as my-company")],
    pack: Annotated[str, typer.Argument(help="the pack's name; without it, say which one is used")] = "",
) -> None:
    """Choose a tenant's sound pack, from its next episode on; refused where it would hide data."""
    settings, name = Settings.from_environment(), Tenant(tenant)
    store = _store(settings)
    if not pack:
        print(f"{name} plays {chosen_pack(store, name)}.")
        return
    require_fit_pack(settings, store, pack)
    choose_pack(store, name, pack, dt.datetime.now(dt.UTC))
    say_to_dagster(settings, name)
    print(f"{name}: plays {pack} from its next episode on.")


def require_fit_pack(settings: Settings, store: Store, name: str) -> None:
    """Refuse a pack that hides data on the soundfont in use; one that was never tried there is tried now, once.

    Raises:
        PackError: there is no such pack, or its file can't be used.
        UnfitPackError: with all that speaks against it.
    """
    pack, soundfont = read_pack(settings.rules_folder, name), _soundfont(settings)
    verdict = known_verdict(store, _digest(pack, soundfont)) or _try_aloud(settings, store, pack, soundfont)
    if not verdict.is_fit:
        raise UnfitPackError(
            f"The sound pack {name} can't be used on {soundfont.name}: {'; '.join(verdict.problems)}. Choose another "
            "('serp-radio packs list'), or set SERP_RADIO_SOUNDFONT to another soundfont."
        )


def _try_aloud(settings: Settings, store: Store, pack: Pack, soundfont: "Soundfont") -> Verdict:
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status(f"Trying {pack.name} on {soundfont.name}, once"):
        return _try(settings, store, pack, soundfont)[1]


def _try(settings: Settings, store: Store, pack: Pack, soundfont: "Soundfont") -> "tuple[PackTrial, Verdict]":
    from serp_radio_pipeline.audio.pack_trial import try_pack  # noqa: PLC0415
    from serp_radio_pipeline.radio.pack_gates import pack_problems  # noqa: PLC0415

    scores = trials_in(pack, settings)
    trial = try_pack(scores, soundfont, library=settings.fluidsynth_path)
    problems = pack_problems(trial, scores)
    return trial, keep_verdict(store, _digest(pack, soundfont), pack.name, soundfont.name, problems)


def _digest(pack: Pack, soundfont: "Soundfont") -> str:
    from serp_radio_pipeline.defs.code_versions import room_version  # noqa: PLC0415

    return verdict_digest(pack, soundfont.sha256, f"{room_version('music')}-{room_version('audio')}")


def _rows(trial: "PackTrial") -> Iterable[tuple[str, ...]]:
    mix = trial.mixes[0]
    for role, voice in trial.pack.roles.items():
        loudness = mix.role_loudness.get(role)
        shown = "-" if loudness is None else f"{loudness:+.1f} LU"
        tried = trial.programs.get(role)
        if tried is None:
            yield role, voice.name, "", "", shown, "", ""
            continue
        lane = LANES[role]
        unmasked, exact = mix.unmasked.get(lane), mix.heard.exact.get(lane)  # type: ignore[call-overload]
        onset = f"{1000 * tried.onset_seconds:.0f} ms"
        yield role, voice.name, f"{tried.length_slope:.2f}", onset, shown, _percent(unmasked), _percent(exact)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _store(settings: Settings) -> Store:
    return open_store(settings.store_url, encryption=settings.s3_encryption)


def _soundfont(settings: Settings, path: Path | None = None) -> "Soundfont":
    from serp_radio_pipeline.audio.soundfont import find_soundfont  # noqa: PLC0415

    return find_soundfont(path or settings.soundfont_path)
