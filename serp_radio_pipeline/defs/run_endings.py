"""Why a run failed, in one sentence, from the instance's events alone."""

import dagster as dg

FAILURES = {
    dg.DagsterEventType.STEP_FAILURE,
    dg.DagsterEventType.ASSET_CHECK_EVALUATION,
    dg.DagsterEventType.RUN_FAILURE,
}
LONGEST = 500
ENDED_IN_THE_MIDDLE = "Its process ended in the middle of it: order it again."
_FOUND_BY_DAGSTER = "marked as failed from outside"
"""Dagster says this of a run whose process ended under a code server that lives, or that a person ended in its UI."""


def reason_of_failure(instance: dg.DagsterInstance, run_id: str) -> str:
    """Return the sentence of the check or stage that ended a run."""
    events = [entry.dagster_event for entry in instance.all_logs(run_id, of_type=FAILURES) if entry.dagster_event]
    for event in events:
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if check.blocking and not check.passed:
                return f"{check.check_name}: {check.description}"[:LONGEST]
    for event in events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            said = (error.cause or error).message
            return " ".join(said.split(": ", 1)[-1].split())[:LONGEST]
    if any(_ended_in_the_middle(event.message or "") for event in events):
        return ENDED_IN_THE_MIDDLE
    return "The run failed before its first stage."


def _ended_in_the_middle(message: str) -> bool:
    return ENDED_IN_THE_MIDDLE in message or _FOUND_BY_DAGSTER in message
