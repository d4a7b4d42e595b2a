"""`backup` and `restore`: the whole project as one archive whose every byte is verified, streamed either way."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from regulars.govern.suppression import merged, read_suppression, write_suppression
from regulars.govern.trace import leads
from regulars.kernel.errors import DataError, NotFoundError, UsageError
from regulars.project.erase_files import shut_out
from regulars.project.listed import listed, place_of
from regulars.project.person_rows import captured
from regulars.project.project import Outside, Project, home
from regulars.project.steps.forget import erase_people
from regulars.project.subject import traced
from regulars.store.lock import Lock

__all__ = ["backup", "restore"]

_MANIFEST = "regulars-manifest.json"
_FORMAT = 1
_PACKING = {".zst": "zstd", ".gz": "gzip", ".tar": None}
_CHUNK = 1 << 20
_LEFT_OUT = (".regulars/staging", ".regulars/lock", ".regulars/socket", ".venv")


def backup(project: Project, file: str) -> dict[str, Any]:
    """Write the project to one archive, while nobody else can change it.

    Secrets stay outside: `regulars.toml` names environment variables only. The list of forgotten people goes with it, with
    its key, so keep the archive as you keep the project; only its owner may read it.

    Returns:
        path, files, bytes, outside (what the project uses and the archive does not hold).

    Raises:
        UsageError: the file's ending is not offered, or it is there already.
    """
    path = Path(file)
    packing = _packing(path)
    if path.exists():
        raise UsageError(f"{path} is there already.", fix="Name another file.")
    path.parent.mkdir(parents=True, exist_ok=True)
    project.book.receipts(state="landed")  # the book is there, however new the project is
    with project.upkeep() as upkeep:
        upkeep.scrub()
    project.engine.rewrite({})  # closed, checkpointed, and without what is not visible
    part = path.with_name(f".{path.name}.part")
    files = [each for each in _files(project.root) if each.resolve() not in (part.resolve(), path.resolve())]
    manifest: dict[str, Any] = {"format": _FORMAT, "made_at": project.now.isoformat(), "files": {}, "links": {}}
    project.warehouse.engine.snapshot()
    with _writing(part, packing) as out, tarfile.open(fileobj=out, mode="w|") as archive:
        for number, each in enumerate(files):
            project.outside.progress(f"backup: {each.name}", number, len(files))
            _add(archive, each, name=each.relative_to(project.root).as_posix(), manifest=manifest)
        body = json.dumps(manifest).encode()
        archive.addfile(_info(_MANIFEST, len(body)), io.BytesIO(body))
    _sync(part)
    part.replace(path)
    sizes = [each["size"] for each in manifest["files"].values()]
    return {"path": path, "files": len(sizes), "bytes": sum(sizes), "outside": _outside(project)}


def _packing(path: Path) -> str | None:
    if path.suffix not in _PACKING:
        raise UsageError(f"{path.name}: no backup can be written as {path.suffix or 'that'}.", allowed=_PACKING)
    return _PACKING[path.suffix]


def _files(root: Path) -> list[Path]:
    found = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        left = any(name == each or name.startswith(f"{each}/") for each in _LEFT_OUT)
        if not left and (path.is_symlink() or path.is_file()):
            found.append(path)
    return found


@contextmanager
def _writing(part: Path, packing: str | None) -> Iterator[Any]:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as disk:
        out = pa.CompressedOutputStream(pa.PythonFile(disk, "wb"), packing) if packing else disk
        yield out
        if out is not disk:
            out.close()


def _add(archive: tarfile.TarFile, path: Path, *, name: str, manifest: dict[str, Any]) -> None:
    if path.is_symlink():
        manifest["links"][name] = str(path.readlink())
        return
    told = _info(name, path.stat().st_size, mode=path.stat().st_mode & 0o777)
    told.mtime = path.stat().st_mtime  # a file that was taken in is known by its time, too
    digest = hashlib.sha256()
    with path.open("rb") as raw:
        archive.addfile(told, _Hashed(raw, digest))
    manifest["files"][name] = {"sha256": digest.hexdigest(), "size": told.size}


def _info(name: str, size: int, *, mode: int = 0o600) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.size, found.mode = size, mode
    return found


class _Hashed:
    def __init__(self, raw: BinaryIO, digest: Any) -> None:
        self._raw, self._digest = raw, digest

    def read(self, size: int = -1) -> bytes:
        chunk = self._raw.read(size)
        self._digest.update(chunk)
        return chunk


def _outside(project: Project) -> list[str]:
    """What the project needs and does not lie in its folder."""
    told = []
    engine = project.config.section("engine")
    for key in ("path", "warehouse"):
        place = (project.root / str(engine.get(key, ""))).resolve()
        used = key == ("path" if engine["kind"] == "duckdb" else "warehouse")
        if used and not place.is_relative_to(project.root):
            told.append(f"[engine] {key}: {place}")
    for name, source in project.config.named("sources").items():
        if source.get("kind", "files") != "files":
            told.append(f"source {name}: {source.get('kind')}")
    return told


def restore(root: Path, outside: Outside, *, file: str, force: bool = False) -> dict[str, Any]:
    """Make the project of an archive in `root`; it is verified whole before anything is replaced.

    People who are on the list of the project that was there, or of the archive, are erased again.

    Returns:
        path, files, erased_again (ids that were found and erased).

    Raises:
        NotFoundError: there is no such archive.
        UsageError: a project is there, and `force` was not given.
        DataError: the archive is broken or was changed.
    """
    archive, root = Path(file), root.resolve()
    if not archive.is_file():
        raise NotFoundError(f"There is no archive {archive}.")
    there = root.exists() and any(root.iterdir())
    if there and not force:
        raise UsageError(
            f"{root} is not empty.", fix="Restore into an empty folder, or add --force to replace what is there."
        )
    lock = Lock(home(root) / "lock", {"verb": "regulars restore"}) if there else None
    before = read_suppression(place_of(root), {})
    fresh = root.with_name(f".{root.name}.restoring")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        count = _unpacked(archive, fresh)
        _settle(fresh, root, keep=archive)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        if lock is not None:
            lock.release()
    if before:
        write_suppression(place_of(root), merged(before, read_suppression(place_of(root), {})))
    return {"path": root, "files": count, "erased_again": _again(root, outside)}


def _unpacked(archive: Path, fresh: Path) -> int:
    fresh.mkdir(parents=True)
    found: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    try:
        with _reading(archive) as raw, tarfile.open(fileobj=raw, mode="r|") as members:
            for member in members:
                body = members.extractfile(member)
                if body is None:
                    raise DataError(f"{archive.name} holds {member.name}, which is no file.")
                if member.name == _MANIFEST:
                    manifest = json.loads(body.read())
                else:
                    found[member.name] = _extract(body, _safe(fresh, member.name), member=member)
    except (tarfile.TarError, OSError, ValueError, EOFError, pa.ArrowException) as problem:
        raise DataError(f"{archive.name} is broken: {problem}.", fix="Use another backup.") from problem
    _verify(archive, found, manifest=manifest)
    for name, target in manifest["links"].items():
        place = _safe(fresh, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not _safe(place.parent, target).is_relative_to(fresh):
            raise DataError(f"{archive.name}: the link {name} leads outside.")
        place.symlink_to(target)
    return len(found)


@contextmanager
def _reading(archive: Path) -> Iterator[Any]:
    packing = _packing(archive)
    with archive.open("rb") as disk:
        yield pa.CompressedInputStream(pa.PythonFile(disk, "r"), packing) if packing else disk


def _safe(folder: Path, name: str) -> Path:
    path = Path(os.path.normpath(folder / name))
    if not path.is_relative_to(folder):
        raise DataError(f"The archive names a place outside of itself: {name}.")
    return path


def _extract(body: Any, path: Path, *, member: tarfile.TarInfo) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with path.open("wb") as out:
        while chunk := body.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    path.chmod(member.mode & 0o777)
    os.utime(path, (member.mtime, member.mtime))
    return digest.hexdigest()


def _verify(archive: Path, found: dict[str, str], *, manifest: dict[str, Any]) -> None:
    if manifest.get("format") != _FORMAT:
        raise DataError(f"{archive.name} is no backup of Regulars, or breaks off.", fix="Use another backup.")
    wanted = {name: each["sha256"] for name, each in manifest["files"].items()}
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if wrong:
        raise DataError(f"{archive.name}: {len(wrong)} files are not what was backed up, as {wrong[0]}.")


def _settle(fresh: Path, root: Path, *, keep: Path) -> None:
    old = root.with_name(f".{root.name}.replaced")
    shutil.rmtree(old, ignore_errors=True)
    if root.exists():
        root.rename(old)
    fresh.rename(root)
    if keep.resolve().is_relative_to(root) and (inner := old / keep.resolve().relative_to(root)).exists():
        keep.parent.mkdir(parents=True, exist_ok=True)
        inner.rename(keep)
    shutil.rmtree(old, ignore_errors=True)


def _again(root: Path, outside: Outside) -> int:
    """Erase whoever is on the list and came back with the archive."""
    project = Project(root, outside, verb="restore")
    try:
        known = listed(root, project.config)
        if not known:
            return 0
        ids = _forgotten_ids(project)
        if shut_out(project, known) or ids:
            traces = traced(project, _keys(project, ids), ids=ids)
            erase_people(project, traces, keep_facts=True, why="restored from an older backup")
        return sum(len(pairs) for pairs in ids.values())
    finally:
        project.close()


def _forgotten_ids(project: Project) -> dict[str, frozenset[tuple[str, str]]]:
    known, found = listed(project.root, project.config), dict[str, set[tuple[str, str]]]()
    for contract in captured():
        rows = project.warehouse.history(contract.name)
        for lead in leads(contract):
            if lead.kind in ("email", "phone"):
                continue
            pairs = rows.filter(rows[lead.column].notnull()).select(a=rows[lead.source], b=rows[lead.column]).distinct()
            for row in project.engine.arrow(pairs).to_pylist():
                if known.has(lead.kind, row["a"] or "", value=row["b"]):
                    found.setdefault(lead.kind, set()).add((row["a"], row["b"]))
    return {kind: frozenset(pairs) for kind, pairs in found.items()}


def _keys(project: Project, ids: dict[str, frozenset[tuple[str, str]]]) -> frozenset[str]:
    links = project.warehouse.table("source_customer")
    rows = project.engine.arrow(links.filter(links.until.isnull()).select("source", "customer_id", "customer_key"))
    theirs = ids.get("customer_id", frozenset())
    return frozenset(row["customer_key"] for row in rows.to_pylist() if (row["source"], row["customer_id"]) in theirs)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
