"""A private S3 store: moto's server on a free port of the loopback. The fixture `s3` gives its address and a client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass(frozen=True)
class Store:
    """A running store; `calls` fills with what it was asked (method and path)."""

    url: str
    client: Any
    calls: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def s3() -> Iterator[Store]:
    """One S3 store for all tests, with the bucket `shop`."""
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    server = pytest.importorskip("moto.server", reason="moto is not installed").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0, verbose=False
    )
    server.start()
    try:
        host, port = server.get_host_and_port()
        client = boto3.client(
            "s3", endpoint_url=f"http://{host}:{port}", region_name="eu-central-1",
            aws_access_key_id="testing", aws_secret_access_key="testing",
        )  # fmt: skip
        client.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        yield Store(f"http://{host}:{port}", client)
    finally:
        server.stop()
