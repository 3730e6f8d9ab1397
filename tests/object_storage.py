"""An S3 server for tests: SeaweedFS, whose program comes with the virtual environment."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from dev.lab.daemon import PATIENCE_SECONDS, PAUSE_SECONDS, Daemon
from dev.lab.identity import Identity
from dev.lab.ports import HOST, Ports
from tests.temporal import binary

SERVERS = ("master", "volume", "filer", "s3")
BUCKET = "cases"
KEY_ID = "worker"
SECRET = "not-a-secret"
RIGHTS = {
    "identities": [
        {
            "name": KEY_ID,
            "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
    ]
}


@dataclass(frozen=True)
class ObjectStorage:
    """A running S3 server and how a worker is told of it."""

    url: str
    environment: dict[str, str]


@contextmanager
def object_storage() -> Generator[ObjectStorage, None, None]:
    """A server with an empty bucket, from `with` to its end."""
    with ExitStack() as cleanup:
        ports, channels = Ports(SERVERS), Ports(SERVERS)
        cleanup.callback(ports.close)
        cleanup.callback(channels.close)
        home = Path(tempfile.mkdtemp(prefix="s3-"))
        cleanup.callback(shutil.rmtree, home, ignore_errors=True)
        (home / "data").mkdir()
        (home / "rights.json").write_text(json.dumps(RIGHTS), encoding="utf-8")
        command = [binary("weed"), "server", *_options(home, ports, channels)]
        us = Identity(user="", group="", other_groups=os.getgroups() if os.geteuid() == 0 else None)
        server = Daemon(command, ports=list(ports.values()), log=home / "weed.log", identity=us)
        server.start()
        cleanup.callback(server.stop)
        running = ObjectStorage(f"s3://{BUCKET}", _environment(ports["s3"]))
        _wait_until_it_stores(running)
        yield running


def _options(home: Path, ports: Ports, channels: Ports) -> Iterator[str]:
    yield from (f"-ip={HOST}", f"-ip.bind={HOST}", f"-dir={home / 'data'}", "-s3", f"-s3.config={home / 'rights.json'}")
    for server in SERVERS:
        yield from (f"-{server}.port={ports[server]}", f"-{server}.port.grpc={channels[server]}")
    yield from ("-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.localSocket={home / 's3.sock'}")
    yield from ("-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=8")


def _environment(port: int) -> dict[str, str]:
    """What a worker's environment says of an S3 server that is not Amazon's."""
    return {
        "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }


def _wait_until_it_stores(running: ObjectStorage) -> None:
    """Its ports answer some seconds before it has a place for objects."""
    store = S3Store(
        BUCKET,
        endpoint=running.environment["AWS_ENDPOINT_URL"],
        access_key_id=KEY_ID,
        secret_access_key=SECRET,
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            obstore.put(store, "probe", b"x")
        except BaseError:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return
