"""`serp-radio serve`: the API, listening. Without keys it listens to this machine alone, and says so."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from serp_radio_pipeline.commands.dagster_dev import dagster_dev
from serp_radio_pipeline.errors import SerpRadioError
from serp_radio_pipeline.settings import Settings
from serp_radio_pipeline.storage.api_keys import ApiKeys
from serp_radio_pipeline.storage.location import open_store

if TYPE_CHECKING:
    import dagster as dg
    import uvicorn

DAGSTER_ENDS_WITHIN_S = 10
SECONDS_BETWEEN_LOOKS = 15
"""Between looks for runs whose process is gone."""

log = logging.getLogger("serp_radio.serve")


class ServeError(SerpRadioError):
    """An address that the API must not listen on, or a Dagster that ended under it."""


def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    with_dagster: Annotated[
        bool, typer.Option("--with-dagster", help="start Dagster's UI and daemon too, on this machine, and stop them")
    ] = False,
    dagster_port: Annotated[int, typer.Option(help="port of that UI", min=1, max=65535)] = 3000,
) -> None:
    """Start the API on SERP_RADIO_API_PORT."""
    from serp_radio_pipeline.ingest.columnar import load_libraries  # noqa: PLC0415

    load_libraries()  # before all that loads Arrow
    import uvicorn  # noqa: PLC0415

    from serp_radio_pipeline.api.access import LOOPBACK  # noqa: PLC0415
    from serp_radio_pipeline.api.app import build_app  # noqa: PLC0415
    from serp_radio_pipeline.api.secret_paths import SecretsHidden  # noqa: PLC0415

    settings = Settings.from_environment()
    store = open_store(settings.store_url, encryption=settings.s3_encryption)
    if not ApiKeys(store).any_exist():
        if host not in LOOPBACK:
            raise ServeError(f"Without keys the API can't listen on {host}: issue one with 'serp-radio keys create'.")
        print("No keys are issued: the API listens to this machine alone.", file=sys.stderr)
    # a proxy's word on who is calling is not believed: behind one on this machine anybody would be of this machine
    config = uvicorn.Config(
        build_app(settings, store),
        host=host,
        port=settings.api_port,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    logging.getLogger("uvicorn.access").addFilter(SecretsHidden())
    _show_audit()
    beside = _dagster_beside(server, settings, dagster_port) if with_dagster else contextlib.nullcontext()
    with contextlib.suppress(KeyboardInterrupt), beside:
        server.run()


def _show_audit() -> None:
    """Print the audit log's lines, which are JSON as they are, and nothing of others' on the same logger."""
    audit = logging.getLogger("serp_radio.audit")
    audit.addHandler(logging.StreamHandler(sys.stderr))
    audit.setLevel(logging.INFO)
    audit.propagate = False


@contextlib.contextmanager
def _dagster_beside(server: "uvicorn.Server", settings: Settings, port: int) -> Iterator[None]:
    """Run Dagster as long as the server runs; when either ends, the other does.

    Raises:
        ServeError: Dagster ended first.
    """
    from serp_radio_pipeline.defs.instance import open_instance  # noqa: PLC0415
    from serp_radio_pipeline.defs.lost_runs import end_lost_runs  # noqa: PLC0415

    # Dagster's tables are made here, under the lock: made by two processes at once, nobody can open them
    instance = open_instance(settings.home_folder)
    end_lost_runs(instance)  # before the queue counts them as running
    environment = {**os.environ, "DAGSTER_HOME": str(settings.home_folder)}
    process = subprocess.Popen(dagster_dev("127.0.0.1", port), env=environment, start_new_session=True)  # noqa: S603
    ended_first, is_over = threading.Event(), threading.Event()

    def watch() -> None:
        process.wait()
        if not server.should_exit:
            ended_first.set()
            server.should_exit = True

    threading.Thread(target=watch, daemon=True).start()
    looking = threading.Thread(target=_end_what_is_lost, args=(instance, is_over), daemon=True)
    looking.start()
    # when it has ended, uvicorn sends itself the signal that ended it: by default that would leave Dagster behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        yield
    finally:
        is_over.set()
        _end(process)
        looking.join()
        instance.dispose()
    if ended_first.is_set():
        raise ServeError(f"Dagster ended with code {process.returncode}, and the API with it; what it said is above.")


def _end_what_is_lost(instance: "dg.DagsterInstance", is_over: threading.Event) -> None:
    """End runs whose process is gone, again and again until all is over."""
    from serp_radio_pipeline.defs.lost_runs import end_lost_runs  # noqa: PLC0415

    while not is_over.wait(SECONDS_BETWEEN_LOOKS):
        try:
            end_lost_runs(instance)
        except Exception:
            log.exception("runs whose process is gone could not be looked for; the next look comes")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End Dagster and what it started: code server, daemon and runs are of its process group."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=DAGSTER_ENDS_WITHIN_S)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
