"""Writes the reference pages from the code, so that they cannot differ from it. Usage: tools/reference.py DIR"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["PAGES", "write"]

SRC = Path(__file__).resolve().parents[1] / "src" / "regulars"
ROOMS, ENGINES = SRC / "analyses", SRC / "engines"


def _from(module: str, name: str) -> Any:
    """A name of a module, imported when its page is written; a missing one says which page waits for it."""
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as missing:
        raise SystemExit(f"The reference needs {name} of {module}, and it cannot be had: {missing}") from missing


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(each) for each in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, tuple | list) else str("" if value is None else value)
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;").strip()


def _code(value: object) -> str:
    return f"`{value}`" if value not in (None, "", ()) else ""


def _page(title: str, lead: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", lead, *(part.rstrip() for part in parts))) + "\n"


def contracts() -> str:
    """Every table: columns, key, time, grain, default load."""
    text: str = _from("regulars.contracts.reference", "reference_markdown")()
    return text


def commands() -> str:
    """Every verb with what it takes and gives."""
    verbs = _from("regulars.project.verb", "VERBS")
    lead = (
        "`regulars [-C DIR] VERB [--json]`. `-C` names the project's folder, `--json` prints one object on standard "
        "output; progress and messages go to standard error. Exit status: 0 done, 1 failed with an error that says "
        "what to do, 2 wrong usage. While a server runs on the project, verbs are sent to it over its local socket."
    )
    return _page("Commands", lead, *(_verb(each) for each in verbs))


def _verb(verb: Any) -> str:
    head = f"## {verb.name}\n\n{verb.says}"
    rows = [(_code(each.option or each.name), each.says, each.takes, _default(each)) for each in verb.params]
    table = "\n\n" + _table(("argument", "what it says", "takes", "default"), rows) if rows else ""
    gives = f"\n\n`--json` gives: {verb.gives}." if verb.gives else ""
    return head + table.rstrip() + gives


def _default(param: Any) -> str:
    if param.required:
        return "required"
    choices = f" one of {', '.join(param.choices)}" if param.choices else ""
    return (_code(param.default) if param.default is not None else "") + choices


def configuration() -> str:
    """Every key of regulars.toml."""
    keys = _from("regulars.project.keys", "KEYS")
    lead = (
        "Every key of `regulars.toml`. `*` stands for a name that you give, `[]` for each entry of a list of tables. "
        "An unknown key is an error that names the nearest valid one."
    )
    sections = dict.fromkeys(each.path.split(".")[0] for each in keys)
    return _page("Configuration", lead, *(_section(name, keys) for name in sections))


def _section(name: str, keys: Iterable[Any]) -> str:
    own = [each for each in keys if each.path.split(".")[0] == name]
    rows = [(_code(k.path), k.takes, _code(k.default), ", ".join(k.choices), k.says) for k in own]
    return f"## [{name}]\n\n" + _table(("key", "takes", "default", "one of", "what it does"), rows)


def metrics() -> str:
    """Every metric and dimension with its definition."""
    found = _from("regulars.semantics.metrics", "METRICS").values()
    split = _from("regulars.semantics.dimension", "DIMENSIONS").values()
    lead = (
        "What `ask` can measure, and by what it can be split. The total of a ratio is computed from its parts and a "
        "distinct count's total is a distinct count. *Uncertainty* says where an interval comes from: none (a recorded "
        "fact), sampling (customers are the sample), model."
    )
    rows = [(_code(m.name), m.says, m.unit, m.measure, m.uncertainty, m.fact) for m in found]
    columns = [(_code(d.name), d.says, _code(d.part_of)) for d in split]
    return _page(
        "Metrics and dimensions",
        lead,
        "## Metrics\n\n" + _table(("metric", "definition", "unit", "behaves", "uncertainty", "counts"), rows),
        "## Dimensions\n\n" + _table(("dimension", "its members", "part of"), columns),
    )


def conditions() -> str:
    """The closed language of conditions and expressions."""
    functions = _from("regulars.conditions.parse", "FUNCTIONS")
    keywords = sorted(_from("regulars.conditions.tokens", "KEYWORDS"))
    lead = (
        "Audiences, policies, segments, `where` and `expr` are one small closed language. A text is parsed into a "
        "tree, its names are checked, and the tree is compiled with parameters. It is never code."
    )
    return _page(
        "Conditions",
        lead,
        _GRAMMAR,
        f"Functions: {', '.join(map(_code, functions))}. Keywords: {', '.join(map(_code, keywords))}.",
    )


_GRAMMAR = """```text
condition  = or ;
or         = and { "or" and } ;
and        = not { "and" not } ;
not        = "not" not | test ;
test       = sum [ ( "=" | "<>" | "!=" | "<" | "<=" | ">" | ">=" ) sum
                 | [ "not" ] "in" "(" value { "," value } ")"
                 | [ "not" ] "between" sum "and" sum
                 | [ "not" ] "like" text
                 | "is" [ "not" ] "null" ] ;
sum        = product { ( "+" | "-" ) product } ;
product    = sign { ( "*" | "/" ) sign } ;
sign       = "-" sign | atom ;
atom       = number | text | "true" | "false" | "null" | name | function "(" condition { "," condition } ")"
           | "case" { "when" condition "then" sum } [ "else" sum ] "end" | "(" condition ")" ;
name       = word { "." word } | '"' any text '"' ;
```

Texts stand in single quotes, a quote inside is doubled: `'O''Neill'`. Names that are not plain words stand in double
quotes: `"Umsatz netto"`. In `like`, `%` stands for any text and `_` for one character."""


def analyses() -> str:
    """Every analysis, in the words of its own README."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(ROOMS.glob("*/README.md"))]
    lead = "One folder is one business question. Each page below is the README of its room."
    return _page("Analyses", lead, *(_deeper(text) for text in texts))


def _deeper(text: str) -> str:
    fenced, lines = False, []
    for line in text.strip().splitlines():
        fenced ^= line.startswith("```")
        lines.append("#" + line if line.startswith("#") and not fenced else line)
    return "\n".join(lines)


def reasons() -> str:
    """Why a row or value is set aside."""
    lead = (
        "Why a row was set aside (`regulars quarantine`) or a descriptive value was set to null (`value_change`). The "
        "list is closed. After a fix, `regulars replay` takes the rows in again."
    )
    rows = [(_code(each.value), each.says) for each in _from("regulars.capture.reason", "Reason")]
    return _page("Reasons", lead, _table(("reason", "what is wrong, and what to do"), rows))


def engines() -> str:
    """What each engine can do."""
    found = dict(sorted(each for path in ENGINES.glob("*.py") for each in _capabilities(path)))
    lead = (
        "Every builder of the project runs on each engine, and one suite compares the answers. What an engine cannot "
        "do is a capability that it lacks, never an exception in the code that uses it."
    )
    names = [each.name for each in _from("regulars.engines.protocol", "Capability")]
    rows = [(_code(name.lower()), *(_yes(name in can) for can in found.values())) for name in names]
    return _page("Engines", lead, _table(("capability", *found), rows))


def _capabilities(path: Path) -> Iterator[tuple[str, set[str]]]:
    """(module, capabilities) of an engine's source; read, not imported, because its driver may not be installed."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [target.id for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)]
        if isinstance(node, ast.Assign) and names == ["capabilities"]:
            yield path.stem, {each.attr for each in ast.walk(node.value) if isinstance(each, ast.Attribute)}


def errors() -> str:
    """The error family."""
    root = _from("regulars.kernel.errors", "RegularsError")
    lead = (
        "Every error says what was wrong, what was allowed, the nearest guess and what to do. With `--json` it is an "
        "object with `kind`, `problem`, `allowed`, `did_you_mean`, `fix` and `transient`."
    )
    rows = [
        (
            _code(each.__name__),
            (each.__doc__ or "").strip().splitlines()[0],
            each.status,
            "yes" if each.transient else "no",
        )
        for each in _family(root)
    ]
    return _page("Errors", lead, _table(("error", "when", "exit status", "may succeed later"), rows))


def _first(thing: type) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def _family(root: type) -> list[type[Any]]:
    return [root] + [each for child in root.__subclasses__() for each in _family(child)]


def index() -> str:
    """What the reference holds."""
    rows = [(f"[{name}]({name}.md)", page.__doc__) for name, page in PAGES.items() if name != "index"]
    return _page("Reference", "These pages are written from the code.", _table(("page", "what it holds"), rows))


PAGES: dict[str, Callable[[], str]] = {
    "index": index,
    "commands": commands,
    "configuration": configuration,
    "contracts": contracts,
    "conditions": conditions,
    "metrics": metrics,
    "analyses": analyses,
    "reasons": reasons,
    "engines": engines,
    "errors": errors,
}


def write(folder: Path) -> None:
    """Write every page into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (folder / f"{name}.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    write(Path(sys.argv[1]))
