"""No route tells one tenant anything of another: not what it has, and not whether it is there."""

import pytest

from serp_radio_pipeline.storage.api_keys import Scope
from serp_radio_pipeline_tests.api.doors import bearer, export
from serp_radio_pipeline_tests.api.isolation import (
    EVERYTHING,
    GUARDED,
    NAMES_NOTHING,
    OWNER,
    RIVAL,
    Outcome,
    World,
    asked,
    world,
)

NOTHING_HERE = Outcome(404, '{"error":"There is nothing here."}')
BY_KEY = [label for label, route in GUARDED.items() if route.scope is not None]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The API of two tenants."""
    return world(tmp_path_factory.mktemp("isolation"))


def test_every_route_of_the_description_is_in_the_matrix(two: World) -> None:
    paths = two.client.get("/openapi.json").json()["paths"]
    labels = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert labels == {*GUARDED, *NAMES_NOTHING}
    assert not [label for label in NAMES_NOTHING if "{" in label]
    named = {label: paths[label.split(" ")[1]]["get"].get("parameters") for label in NAMES_NOTHING}
    assert named == dict.fromkeys(NAMES_NOTHING)


@pytest.mark.parametrize("label", GUARDED)
def test_what_is_anothers_answers_as_what_is_not_there(two: World, label: str) -> None:
    route = GUARDED[label]
    for scopes in (EVERYTHING, *(EVERYTHING - {scope} for scope in Scope)):
        headers = two.headers(RIVAL, scopes)
        assert asked(two, route, two.there, headers) == asked(two, route, two.gone, headers) == NOTHING_HERE, scopes


@pytest.mark.parametrize("label", BY_KEY)
def test_a_key_without_the_scope_is_told_which_it_lacks_and_opens_nothing(two: World, label: str) -> None:
    route = GUARDED[label]
    lacking = asked(two, route, two.there, two.headers(OWNER, EVERYTHING - {Scope(str(route.scope))}))
    assert lacking == Outcome(403, f'{{"error":"This key lacks the scope {route.scope}."}}')


@pytest.mark.parametrize("label", BY_KEY)
def test_without_a_key_what_is_there_answers_as_what_is_not(two: World, label: str) -> None:
    there, gone = (asked(two, GUARDED[label], names, {}) for names in (two.there, two.gone))
    assert (there.status, there) == (401, gone)


def test_with_its_own_key_the_owner_gets_past_every_such_door(two: World) -> None:
    headers = two.headers(OWNER, EVERYTHING)
    refused = {label for label in BY_KEY if asked(two, GUARDED[label], two.there, headers).status in (401, 403, 404)}
    assert refused == set()


def test_anothers_dataset_answers_as_one_that_is_not_there(two: World) -> None:
    own = bearer(two.keys[OWNER, EVERYTHING])
    files = {"file": ("Chart.csv", export() + b"\n")}
    added = two.client.post("/api/upload-csv", data={"tenant": OWNER.slug}, files=files, headers=own)
    answers = set()
    for dataset in (added.json()["dataset_id"], "0" * 64):
        order = {"tenant": RIVAL.slug, "source": "csv", "dataset_id": dataset}
        answer = two.client.post("/api/sonify", json=order, headers=two.headers(RIVAL, EVERYTHING))
        answers.add((answer.status_code, answer.text.replace(dataset[:12], "NAME")))
    assert answers == {(404, '{"error":"rival has no dataset NAME with days: upload it first."}')}


def test_an_idempotency_key_is_ones_own(two: World) -> None:
    jobs = set()
    for tenant in (OWNER, RIVAL):
        headers = {**two.headers(tenant, EVERYTHING), "Idempotency-Key": "monday"}
        order = {"tenant": tenant.slug, "source": "demo", "lookback": "7d"}
        jobs.add(two.client.post("/api/sonify", json=order, headers=headers).json()["job_id"])
    assert len(jobs) == 2


def test_a_list_of_jobs_is_of_one_tenant_whatever_it_begins_before(two: World) -> None:
    headers = two.headers(RIVAL, EVERYTHING)
    pages = [
        two.client.get("/api/jobs", params={"tenant": RIVAL.slug, "before": before}, headers=headers).json()
        for before in (two.there.job, two.gone.job)
    ]
    assert {job["tenant"] for page in pages for job in page["jobs"]} <= {RIVAL.slug}


def test_whoami_tells_a_key_of_itself_alone(two: World) -> None:
    told = two.client.get("/api/whoami", headers=two.headers(RIVAL, EVERYTHING - {Scope.RUN})).json()
    assert told == {"tenant": "rival", "scopes": ["read", "rules", "upload"]}
