"""`new`: a project to fill in, or one that is proposed from your files and works as it is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from regulars.capture.propose import Proposal, SourceDraft, TableDraft, propose
from regulars.capture.unpack import format_of
from regulars.kernel.errors import UsageError
from regulars.project.blank import BLANK
from regulars.project.config import read_config
from regulars.project.draft import draft
from regulars.project.like import like as like_text
from regulars.project.like import looks_like
from regulars.project.project import Outside

__all__ = ["new"]

_CONFIG = "regulars.toml"
_FOLDERS = ("data", "out")


def new(
    root: Path,
    outside: Outside,
    *,
    dir: str,  # noqa: A002 - the verb's own word
    from_: list[str] | None = None,
    like: str | None = None,
) -> dict[str, Any]:
    """Make a project.

    Args:
        root: what `dir` and the files are relative to.
        dir: the project's folder; made when it is not there.
        from_: files to propose a mapping from; those outside the folder are copied into its `data`.
        like: a system whose exports have a mapping that is ready; with files, these are only copied.

    Returns:
        `path`, `proposed` ({file, contract, columns, locale, reasons, questions} for each file and contract) and
        `copied`.

    Raises:
        UsageError: there is a project already, or a file is not there.
        DataError: a file of an unknown type, a broken or an empty one; then nothing is made.
    """
    home = (root / dir).resolve()
    _check(home)
    if like:
        return _ready(root, home, system=like, files=from_ or [], environ=outside.environ)
    if not from_:
        _write(home, BLANK.format(name=_quoted(home.name)))
        return {"path": str(home), "proposed": [], "copied": [], "next": f"Fill in {home / _CONFIG}."}
    placed = _placed(home, [_file(root, each) for each in from_])
    outside.progress("new: looking at the files", 0, len(placed))
    proposal = _proposal(placed)
    copied = _copy(home, placed)
    _write(home, draft(proposal, home.name))
    read_config(home, outside.environ)
    return {
        "path": str(home),
        "proposed": list(_told(proposal)),
        "copied": copied,
        "next": f"{_known(proposal)}Look at the lines with '# ?' in {home / _CONFIG}, then: regulars -C {dir} capture",
    }


def _known(proposal: Proposal) -> str:
    """Says which ready mapping would do better than what was guessed."""
    tables = (table for source in proposal.sources for table in source.tables)
    headers = [each.columns for each in proposal.unknown]
    headers += [(*(each for each in t.columns.values() if isinstance(each, str)), *t.attributes) for t in tables]
    found = sorted({system for header in headers if (system := looks_like(header))})
    return "".join(f"These look like exports of {each}: regulars new DIR --like {each} maps them. " for each in found)


def _ready(root: Path, home: Path, *, system: str, files: Sequence[str], environ: Mapping[str, str]) -> dict[str, Any]:
    placed = _placed(home, [_file(root, each) for each in files])
    text = like_text(system, _quoted(home.name))
    copied = _copy(home, placed)
    _write(home, text)
    read_config(home, environ)
    where = f"Look at the lines with '# ?' in {home / _CONFIG}, put the exports into {home / 'data'}"
    return {"path": str(home), "proposed": [], "copied": copied, "next": f"{where}, then: regulars -C {home} capture"}


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "").replace('"', "") + '"'


def _check(home: Path) -> None:
    if (home / _CONFIG).exists():
        raise UsageError(f"{home} has a {_CONFIG} already.", fix="Name another folder, or move that file away first.")
    if home.exists() and not home.is_dir():
        raise UsageError(f"{home} is a file, not a folder.", fix="Name another folder.")


def _file(root: Path, name: str) -> Path:
    path = (root / name).resolve()
    if not path.is_file():
        beside = sorted(each.name for each in path.parent.glob("*") if each.is_file()) if path.parent.is_dir() else []
        raise UsageError(f"There is no file {name}.", allowed=beside[:20], fix="Name files, each one by itself.")
    format_of(path.name)
    return path


def _placed(home: Path, files: Sequence[Path]) -> dict[Path, str]:
    """Each file's place inside the project; files of one name from several folders get their folder's name too."""
    placed: dict[Path, str] = {}
    for path in dict.fromkeys(files):
        name = path.relative_to(home).as_posix() if path.is_relative_to(home) else f"data/{path.name}"
        taken = name in placed.values() or (not path.is_relative_to(home) and (home / name).exists())
        placed[path] = f"data/{path.parent.name}_{path.name}" if taken else name
    for path, name in placed.items():
        if list(placed.values()).count(name) > 1 or (home / name != path and (home / name).exists()):
            raise UsageError(
                f"{path} would be copied over {home / name}.", fix="Rename one of the two, then try again."
            )
    return placed


def _proposal(placed: dict[Path, str]) -> Proposal:
    with TemporaryDirectory(prefix="regulars-") as folder:
        return propose(placed, workspace=Path(folder))


def _copy(home: Path, placed: dict[Path, str]) -> list[str]:
    copied = []
    for path, name in placed.items():
        if home / name != path:
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, home / name)
            copied.append(f"{path} -> {name}")
    return copied


def _write(home: Path, text: str) -> None:
    for each in _FOLDERS:
        (home / each).mkdir(parents=True, exist_ok=True)
    (home / _CONFIG).write_text(text, encoding="utf-8")


def _told(proposal: Proposal) -> Iterator[dict[str, Any]]:
    for source in proposal.sources:
        for table in source.tables:
            for file in table.files:
                yield _row(source, table, file=file)
    for each in proposal.unknown:
        asks = [f"No contract fits; {each.contract} is nearest and lacks {', '.join(each.lacking)}.", *each.questions]
        yield {"file": each.file, "contract": None, "columns": {}, "locale": {}, "reasons": [], "questions": asks}


def _row(source: SourceDraft, table: TableDraft, *, file: str) -> dict[str, Any]:
    said = [f"{key}: {why}" for key, why in source.locale.reasons.items()]
    return {
        "file": file,
        "contract": table.contract,
        "source": source.name,
        "columns": table.columns,
        "attributes": table.attributes,
        "locale": dict(source.locale.values),
        "reasons": [*said, *table.reasons],
        "questions": [*source.locale.questions, *table.questions],
    }
