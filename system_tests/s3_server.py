"""A real S3 server on loopback for the tests: one Ceph monitor, one OSD on a sparse file, one RADOS gateway.

It enforces what mocks don't: signatures, expiry, policies. Started in a folder of its own, ended by process id.
"""

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError

PROGRAMS = {"ceph-mon": "ceph-mon", "ceph-osd": "ceph-osd", "radosgw": "radosgw", "ceph": "ceph-common"}
"""What the server is made of: program, and the Debian package it comes in."""

KMS_KEY = "tests"
"""The one key that the server's key management has."""

DAEMONS = ("client.rgw.a", "osd.0", "mon.a")
CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon_port}]
mon initial members = a
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
public network = 127.0.0.0/8
run dir = {home}/run
admin socket = {home}/run/$name.asok
pid file = {home}/run/$name.pid
log file = {home}/log/$name.log
keyring = {home}/$name.keyring
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
osd objectstore = bluestore
bluestore block size = 4294967296
osd memory target = 939524096
bluestore cache autotune = false
bluestore cache size = 134217728
osd class load list = *
osd class default list = *
[mon.a]
mon data = {home}/mon
[osd.0]
osd data = {home}/osd
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:{port} tcp_nodelay=1
rgw data = {home}/rgw
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = {kms_key}={kms_secret}
"""


class ServerError(Exception):
    """The S3 server can't be started."""


@dataclass(frozen=True)
class Credentials:
    """Who calls: an access key with its secret, and the name that policies know its owner by."""

    access_key: str
    secret_key: str
    arn: str


class S3Server:
    """A server with its data in `home`; `start` it, then `user` makes credentials."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port, self._mon_port = free_ports(2)
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._config = home / "ceph.conf"

    def start(self) -> None:
        """Start it, and wait until it answers; about 15 s.

        Raises:
            ServerError: a part of it does not start.
        """
        for folder in ("mon", "osd", "rgw", "run", "log"):
            (self.home / folder).mkdir(parents=True)
        fsid = str(uuid.uuid4())
        self._config.write_text(
            CONFIGURATION.format(
                fsid=fsid,
                home=self.home,
                port=self.port,
                mon_port=self._mon_port,
                kms_key=KMS_KEY,
                kms_secret=base64.b64encode(secrets.token_bytes(32)).decode(),
            )
        )
        self._start_monitor(fsid)
        self._start_osd()
        self._keyring("client.rgw.a", "mon", "allow rw", "osd", "allow rwx")
        self._run("radosgw", "-n", "client.rgw.a", seconds=90)
        self._await_answer()

    def user(self, name: str) -> Credentials:
        """Make a user, and return its credentials."""
        words = ("user", "create", f"--uid={name}", f"--display-name={name}")
        made = json.loads(self._run("radosgw-admin", "-n", "client.rgw.a", *words))
        key = made["keys"][0]
        return Credentials(key["access_key"], key["secret_key"], f"arn:aws:iam:::user/{name}")

    def stop(self) -> None:
        """End what was started, by process id."""
        for daemon in DAEMONS:
            file = self.home / "run" / f"{daemon}.pid"
            if not (file.is_file() and file.read_text().strip()):
                continue
            process = int(file.read_text())
            _end(process, signal.SIGTERM, seconds=10)
            _end(process, signal.SIGKILL, seconds=5)

    def _start_monitor(self, fsid: str) -> None:
        address = f"[v2:127.0.0.1:{self._mon_port}]"
        self._run("monmaptool", "--create", "--addv", "a", address, "--fsid", fsid, "monmap")
        everything = ("--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *")
        self._run("ceph-authtool", "-C", "mon.keyring", "-n", "mon.", "--gen-key", "--cap", "mon", "allow *")
        self._run("ceph-authtool", "-C", "client.admin.keyring", "-n", "client.admin", "--gen-key", *everything)
        self._run("ceph-authtool", "mon.keyring", "--import-keyring", "client.admin.keyring")
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", "monmap", "--keyring", "mon.keyring")
        self._run("ceph-mon", "-i", "a")

    def _start_osd(self) -> None:
        osd = str(uuid.uuid4())
        self._run("ceph", "osd", "new", osd)
        self._keyring("osd.0", "mon", "allow profile osd", "mgr", "allow profile osd", "osd", "allow *")
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._run("ceph-osd", "-i", "0")

    def _keyring(self, name: str, *capabilities: str) -> None:
        (self.home / f"{name}.keyring").write_text(self._run("ceph", "auth", "get-or-create", name, *capabilities))

    def _await_answer(self) -> None:
        for _ in range(300):
            try:
                with urllib.request.urlopen(self.endpoint, timeout=2):  # noqa: S310 - our own server
                    return
            except HTTPError:
                return
            except (URLError, OSError):
                time.sleep(0.1)
        raise ServerError(f"The S3 server does not answer on {self.endpoint}: see {self.home}/log.")

    def _run(self, program: str, *words: str, seconds: float = 60) -> str:
        # monmaptool and ceph-authtool know no cluster yet, but take the option all the same
        command = [program, "-c", str(self._config), *words]
        # daemons keep what they inherit open: into files, or this would wait for their end
        with (
            (self.home / "log" / f"{program}.out").open("w+") as out,
            (self.home / "log" / "start.err").open("a") as err,
        ):
            try:
                subprocess.run(command, cwd=self.home, stdout=out, stderr=err, check=True, timeout=seconds)
            except (OSError, subprocess.SubprocessError) as error:
                raise ServerError(f"The S3 server does not start: {error}; see {self.home}/log.") from error
            out.seek(0)
            return out.read()


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _end(process: int, how: signal.Signals, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    try:
        os.kill(process, how)
        while time.monotonic() < deadline:
            time.sleep(0.1)
            os.kill(process, 0)
    except ProcessLookupError:
        return
