"""The API on a bucket: two copies with the operator's rights of docs/security.md, a browser, listeners, strangers."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

import feedparser
import pytest
from playwright.sync_api import Error, Page, expect

from serp_radio_pipeline.defs.run_endings import ENDED_IN_THE_MIDDLE
from serp_radio_pipeline.radio.palette import LABEL_WORDS
from serp_radio_pipeline.storage.feed_token import new_token
from serp_radio_pipeline.storage.signed_links import LinkSigner
from system_tests.browser import Viewer, browsing
from system_tests.conftest import Bucket, policy_for, serp_radio
from system_tests.faults import Fault, FaultyProxy
from system_tests.s3_server import Credentials, S3Server
from system_tests.served import LONG, Answer, Served, fetch, lives
from system_tests.station import LAST_DAY, Station, export_until
from system_tests.test_api import DOCUMENT, HEARD, shown

NOTHING = {"error": "There is nothing here."}
FETCH_BYTES = "address => fetch(address).then(answer => answer.text()).then(text => text.slice(0, 4))"
EPISODE = {"tenant": "my-company", "source": "csv", "lookback": "4w"}


@dataclass
class Door:
    """Two copies of the API on one bucket and one Dagster; `second` reaches S3 by a way that can be cut."""

    first: Served
    second: Served
    way: FaultyProxy
    bucket: Bucket
    keys: dict[str, str] = field(default_factory=dict)

    def everything(self) -> set[str]:
        """Return the keys of all that lies in the bucket."""
        return {stored.key for stored in self.first.station.store.list("")}

    def issue_keys(self) -> None:
        """Issue the operator's key, which the copies are asked with from now on, and two tenants'; once."""
        if self.keys:
            return
        for name, words in (("operator", ["--operator"]), ("my-company", ["my-company"]), ("rival", ["rival"])):
            scopes = [word for scope in ("read", "upload", "run", "rules") for word in ("--scope", scope)]
            made = serp_radio(self.first.station.environment, "keys", "create", *words, *scopes)
            (self.keys[name],) = re.findall(r"srk_\S+", made.stdout)
        self.first.key = self.second.key = self.keys["operator"]

    def episode(self) -> Any:
        """Return the job of the day's episode, made when first asked for."""
        self.upload(export_until(LAST_DAY))
        job_id = self.first.order(EPISODE, **{"Idempotency-Key": "the episode"})
        job = self.first.wait_until(job_id, "done", "error")
        assert job["error"] is None
        return job

    def upload(self, content: bytes, key: str | None = None) -> Answer:
        """Upload an export for my-company, as a form."""
        form = b'--x\r\nContent-Disposition: form-data; name="tenant"\r\n\r\nmy-company\r\n'
        form += b'--x\r\nContent-Disposition: form-data; name="file"; filename="Chart.csv"\r\n\r\n'
        form += content + b"\r\n--x--\r\n"
        key = self.first.key if key is None else key
        headers = {"Content-Type": "multipart/form-data; boundary=x", **bearer(key)}
        return fetch(f"{self.first.address}/api/upload-csv", form, headers)


def bearer(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


@pytest.fixture(scope="module")
def door(server: S3Server, owner: Credentials, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    bucket, operator, folder = Bucket(server, owner), server.user("door-operator"), tmp_path_factory.mktemp("door")
    bucket.client.put_bucket_policy(Bucket=bucket.name, Policy=policy_for(bucket.name, operator.arn, {}))
    (folder / "second").mkdir()
    with FaultyProxy(server.endpoint, lambda _: None) as way, ExitStack() as stack:
        store = bucket.store(operator)
        first = Served(Station(folder, bucket.environment(folder / "home", who=operator), store))
        joining = bucket.environment(folder / "home", way.endpoint, who=operator)
        second = Served(Station(folder / "second", joining, store), joins=True)
        first.station.environment["SERP_RADIO_PUBLIC_URL"] = first.address
        for copy in (first, second):
            stack.callback(copy.station.stop)
            copy.start()
        yield Door(first, second, way, bucket)


@pytest.fixture(scope="module")
def page(door: Door) -> Iterator[Page]:
    """The front page in a browser; no key was issued when it was first opened."""
    folder = door.first.station.folder
    with browsing(door.first.address, folder / "profile", folder / "pictures") as viewer:
        yield opened(viewer)


def opened(viewer: Viewer) -> Page:
    viewer.open("")
    return viewer.page


def downloaded(page: Page, address: str) -> bytes:
    with page.expect_download() as kept:
        page.evaluate("address => { location.href = address }", address)
    return Path(kept.value.path()).read_bytes()


def test_both_copies_are_ready(door: Door) -> None:
    for copy in (door.first, door.second):
        said = copy.ask("/ready")
        assert (said.status, said.json()["trouble"]) == (200, {"store": "", "dagster": "", "renderer": ""})


def test_the_program_of_another_page_ends_with_a_midi_file_of_the_bucket(door: Door, page: Page) -> None:
    program = shown("js").replace("console.log(", "return JSON.stringify(job); (")
    job: dict[str, Any] = json.loads(page.evaluate(f"async () => {{ {program} }}"))
    assert (job["status"], job["error"]) == ("done", None)
    assert job["label_summary"]
    assert job["midi_url"].startswith(f"{door.bucket.server.endpoint}/{door.bucket.name}/")
    assert downloaded(page, job["midi_url"])[:4] == b"MThd"
    # or what was kept of a download, without the bucket's word on who may read it, would be refused below
    assert fetch(job["midi_url"]).headers["Cache-Control"] == "private, no-cache"
    # a program that reads it is a matter of the bucket's own word, and docs/api.md says which
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate(FETCH_BYTES, job["midi_url"])
    (rule,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    allowed = json.loads(rule.replace("https://app.example", door.first.address))
    door.bucket.client.put_bucket_cors(Bucket=door.bucket.name, CORSConfiguration=allowed)
    assert page.evaluate(FETCH_BYTES, job["midi_url"]) == "MThd"


def test_a_file_is_recognised_and_heard_from_the_bucket(door: Door, page: Page, tmp_path: Path) -> None:
    faults: list[str] = []
    page.goto(door.first.address)
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    (tmp_path / "Chart.csv").write_bytes(export_until(LAST_DAY))
    page.get_by_label("An export").set_input_files(tmp_path / "Chart.csv")
    expect(page.get_by_role("cell", name="Clicks", exact=True)).to_be_visible()
    page.get_by_role("button", name="Play the site").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Ready")
    assert page.locator("#label").text_content() in LABEL_WORDS.values()
    assert page.evaluate(HEARD)
    sound = page.evaluate("document.getElementById('audio').src")
    assert sound.startswith(door.bucket.server.endpoint)
    part = fetch(sound, headers={"Range": "bytes=0-2"})
    assert (part.status, part.content, part.headers["Content-Type"]) == (206, b"ID3", "audio/mpeg")
    with page.expect_download() as kept:
        page.locator("#midi").click()
    assert Path(kept.value.path()).read_bytes()[:4] == b"MThd"
    page.locator("#page").click()
    expect(page).to_have_title(re.compile("my-company"))
    assert faults == []


def test_a_listener_gets_the_episode_and_what_opens_nothing_is_answered_alike(door: Door) -> None:
    door.issue_keys()
    job, first = door.episode(), door.first
    sound = fetch(job["mp3_url"]).content
    listened = first.ask(f"/listen/my-company/{LAST_DAY}")
    shared = first.ask(f"/api/share/{job['job_id']}", {"days": 1}).json()["url"]
    for answer in (listened, first.ask(shared, key="")):
        assert answer.content[:15] == b"<!doctype html>"
        shows_its_card_and_plays_in_a_chat(answer.content.decode())
    # without a setting that says where it is called it leads to the bucket
    led = door.second.ask(shared, key="")
    assert (led.status, fetch(led.headers["Location"]).content[:15]) == (302, b"<!doctype html>")
    feed_address = serp_radio(first.station.environment, "feed", "my-company").stdout.strip()
    feed = feedparser.parse(fetch(feed_address).content)
    (enclosure,) = feed.entries[0].enclosures
    led = fetch(enclosure.href)
    assert (led.status, fetch(led.headers["Location"]).content) == (302, sound)
    assert fetch(led.headers["Location"], headers=bearer(first.key)).status == 400  # as docs/api.md warns
    part = fetch(led.headers["Location"], headers={"Range": "bytes=0-2"})
    assert (part.status, part.content) == (206, b"ID3")

    over = LinkSigner(first.station.store).sign("share", job["job_id"], dt.datetime.now(dt.UTC))
    assert first.ask(f"/s/{over}", key="").status == 410
    strangers = ("/s/a.b", f"/feeds/{new_token()}.xml", f"/feeds/{new_token()}/{LAST_DAY}.mp3", "/nowhere")
    known = (f"/api/jobs/{'0' * 8}-0000-4000-8000-{'0' * 12}", "/listen/my-company/2020-01-01")
    refused = [first.ask(path, key="") for path in strangers] + [first.ask(path) for path in known]
    assert [(one.status, one.json()) for one in refused] == [(404, NOTHING)] * len(refused)


def shows_its_card_and_plays_in_a_chat(page: str) -> None:
    """Ask for what a page's tags name, as a chat does: without a key, following what it is led to."""
    picture, sound = (unescape(str(re.findall(rf'"og:{name}" content="(.*)"', page)[0])) for name in ("image", "audio"))
    for address, begins in ((picture, b"\x89PNG"), (sound, b"ID3")):
        answer = fetch(address)
        content = fetch(answer.headers["Location"]).content if answer.status == 302 else answer.content
        assert content.startswith(begins), address


def test_another_tenants_key_learns_nothing(door: Door) -> None:
    door.issue_keys()
    job_id, rival = door.episode()["job_id"], door.keys["rival"]
    before = door.everything()
    asked: list[tuple[str, Any]] = [
        (f"/api/jobs/{job_id}", None),
        (f"/api/jobs/{job_id}/events", None),
        (f"/api/jobs/{job_id}/cancel", {}),
        (f"/api/share/{job_id}", {}),
        ("/api/jobs?tenant=my-company", None),
        ("/api/rules?tenant=my-company", None),
        ("/api/sonify", EPISODE),
        ("/api/preview", {**EPISODE, "source": "demo"}),
        (f"/listen/my-company/{LAST_DAY}", None),
    ]
    answers = [door.first.ask(path, body, key=rival) for path, body in asked]
    answers.append(door.upload(export_until(LAST_DAY), key=rival))
    assert [(one.status, one.json()) for one in answers] == [(404, NOTHING)] * len(answers)
    assert door.everything() == before


@pytest.mark.parametrize(
    "content", [b"call,them\n1,2\n", b"PK\x03\x04 not a zip", b""], ids=["no export", "zip", "empty"]
)
def test_an_upload_that_is_refused_leaves_nothing_in_the_bucket(door: Door, content: bytes) -> None:
    door.issue_keys()
    before = door.everything()
    refused = door.upload(content)
    assert (refused.status, bool(refused.json()["error"])) == (422, True)
    assert door.everything() == before


def test_an_order_sent_to_both_copies_is_one_job_that_both_answer_for_and_may_cancel(door: Door) -> None:
    door.issue_keys()
    before = len(door.first.station.run_records())
    key = {"Idempotency-Key": "sent twice"}
    with ThreadPoolExecutor(8) as pool:
        copies = [door.first, door.second] * 4
        jobs = set(pool.map(lambda copy: copy.order(LONG, **key), copies))
    (job_id,) = jobs
    waiting = door.second.order(LONG)
    assert len(door.first.station.run_records()) == before + 2
    cancelled = door.second.ask(f"/api/jobs/{waiting}/cancel", {})
    assert (cancelled.status, cancelled.json()) == (200, {"cancelled": True})
    ended = door.first.wait_until(waiting, "done", "error")
    assert (ended["status"], ended["error"]) == ("error", "It was cancelled.")
    made = [copy.wait_until(job_id, "done", "error") for copy in (door.first, door.second)]
    assert [one["status"] for one in made] == ["done", "done"]
    assert [fetch(one["midi_url"]).content[:4] for one in made] == [b"MThd", b"MThd"]
    assert len({urlless(one) for one in made}) == 1
    assert not [stored for stored in door.everything() if waiting in stored]


def urlless(job: Mapping[str, Any]) -> str:
    return json.dumps({name: value for name, value in job.items() if not name.endswith("_url")}, sort_keys=True)


@pytest.mark.parametrize("fault", [Fault(status=403), Fault(hang_up=True)], ids=["refused", "away"])
def test_while_s3_is_out_of_reach_a_copy_says_so_and_afterwards_works_again(door: Door, fault: Fault) -> None:
    door.issue_keys()
    second = door.second
    try:
        door.way.plan = lambda _: fault
        second.station.wait_for("trouble", lambda: second.ask("/ready").status == 503)
        said = second.ask("/ready").json()
        assert said["ready"] is False
        assert said["trouble"]["store"].startswith("can't be used (Store")
        assert (said["trouble"]["dagster"], said["trouble"]["renderer"]) == ("", "")
        rules = second.ask("/api/rules?tenant=my-company")
        assert (rules.status, rules.headers["Retry-After"]) == (503, "2")
        assert rules.json() == {"error": "The service can't be used; its log says more."}
        assert lives(second.address)
    finally:
        door.way.plan = lambda _: None
    second.station.wait_for("readiness", lambda: second.ask("/ready").status == 200)


def test_it_does_not_start_with_credentials_that_are_none_and_says_why(door: Door, tmp_path: Path) -> None:
    nobody = Credentials("nobody", "no secret", "")
    said = serp_radio(door.bucket.environment(tmp_path, who=nobody), "serve", code=1).stderr
    assert "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in said


def test_when_dagster_is_killed_the_other_copy_answers_and_after_a_restart_no_job_is_lost(door: Door) -> None:
    door.issue_keys()
    running, waiting = door.first.order(LONG), door.second.order(LONG)
    door.first.wait_until(running, "running")
    door.first.kill_dagster()
    assert door.second.job(waiting)["status"] == "queued"
    door.first.start()
    ended = door.second.wait_until(running, "error")
    assert ended["error"] == ENDED_IN_THE_MIDDLE
    made = door.second.wait_until(waiting, "done", "error")
    assert (made["status"], made["error"]) == ("done", None)
    assert fetch(made["mp3_url"]).content[:3] == b"ID3"
    assert not [stored for stored in door.everything() if running in stored]
