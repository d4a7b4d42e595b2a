"""Objects of an S3 store as files, through s3fs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import s3fs
from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

from regulars.capture.offer import ALWAYS
from regulars.capture.sources.pickup.place import Thing
from regulars.kernel.errors import DataError

__all__ = ["Bucket", "bucket"]


class Bucket:
    """An S3 store under the environment's credentials."""

    troubles: tuple[type[Exception], ...] = (BotoCoreError,)

    def __init__(self, system: Any) -> None:
        self._system = system

    def things(self, pattern: str) -> list[Thing]:
        """The objects that a pattern "bucket/prefix/*.csv" names; a mark is made of the ETag."""
        found = self._system.glob(pattern, detail=True)
        store = pattern.partition("/")[0]
        if not found and not self._system.exists(store):
            raise DataError(f"There is no bucket {store}.", fix="Correct `from`, or look at the credentials.")
        return [_thing(info) for info in found.values() if info["type"] == "file"]

    def open(self, thing: Thing) -> Any:
        """A stream of an object."""
        return self._system.open(thing.path, "rb", block_size=8 << 20)

    def close(self) -> None:
        """Nothing to hang up."""


def _thing(info: Mapping[str, Any]) -> Thing:
    tag = str(info.get("ETag") or info.get("LastModified") or "")
    mark = int(hashlib.sha256(tag.encode()).hexdigest()[:15], 16) if tag else ALWAYS
    return Thing(info["name"], f"s3://{info['name']}", int(info["size"]), mark)


def bucket(section: Mapping[str, Any], environ: Mapping[str, str]) -> Bucket:
    """The store that a source's section and the environment (AWS_*) describe."""
    endpoint = section.get("endpoint") or environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    return Bucket(
        s3fs.S3FileSystem(
            key=environ.get("AWS_ACCESS_KEY_ID"),
            secret=environ.get("AWS_SECRET_ACCESS_KEY"),
            token=environ.get("AWS_SESSION_TOKEN"),
            endpoint_url=endpoint,
            client_kwargs={"region_name": region} if region else {},
            use_listings_cache=False,
            skip_instance_cache=True,
        )
    )
