"""What becomes of jobs when Dagster is killed under them, or stopped, and started again."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from serp_radio_pipeline.defs.run_endings import ENDED_IN_THE_MIDDLE
from system_tests.served import LONG, Served
from system_tests.station import Station


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(Station.on_this_machine(tmp_path))
    served.start()
    yield served
    served.station.stop()


def test_when_dagster_is_killed_the_job_that_ran_fails_with_a_sentence_and_the_one_that_waited_is_made(
    served: Served,
) -> None:
    running, waiting = served.order(LONG), served.order(LONG)
    served.wait_until(running, "running")
    assert served.job(waiting)["status"] == "queued"
    served.kill_dagster()
    assert "Dagster ended with code -9, and the API with it" in served.station.said()

    served.start()
    ended = served.job(running)
    assert (ended["status"], ended["error"]) == ("error", ENDED_IN_THE_MIDDLE)
    made = served.wait_until(waiting, "done", "error")
    assert (made["status"], made["error"]) == ("done", None)
    again = served.wait_until(served.order(LONG), "done", "error")
    assert again["status"] == "done"


def test_when_all_is_stopped_no_job_stays_running_and_none_that_waited_is_lost(served: Served) -> None:
    running, waiting = served.order(LONG), served.order(LONG)
    served.wait_until(running, "running")
    served.station.stop()

    served.start()
    ended = served.wait_until(running, "done", "error")
    assert ended["error"] in (None, ENDED_IN_THE_MIDDLE, "It was cancelled."), ended
    assert served.wait_until(waiting, "done", "error")["status"] == "done"


def test_a_job_whose_own_process_is_killed_fails_with_a_sentence_while_dagster_goes_on(served: Served) -> None:
    running = served.order(LONG)
    served.wait_until(running, "running")
    served.station.wait_for("the process's own word", lambda: served.process_of(running) is not None)
    os.kill(int(served.process_of(running) or 0), signal.SIGKILL)
    ended = served.wait_until(running, "done", "error")
    assert (ended["status"], ended["error"]) == ("error", ENDED_IN_THE_MIDDLE)
    assert served.wait_until(served.order(LONG), "done", "error")["status"] == "done"
