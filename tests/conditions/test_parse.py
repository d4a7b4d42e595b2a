"""The language reads what it should, and refuses the rest with a place and a reason, whatever is thrown at it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.conditions.check import check, names_of
from regulars.conditions.parse import MAX_DEPTH, parse
from regulars.conditions.tokens import MAX_LENGTH
from regulars.conditions.tree import (
    Arithmetic,
    Between,
    Call,
    Case,
    Comparison,
    In,
    IsNull,
    Like,
    Literal,
    Logic,
    Name,
    Negative,
    Node,
    Not,
)
from regulars.conditions.unparse import unparse
from regulars.kernel.errors import ConditionError

A, B, C = Name("a"), Name("b"), Name("c")
ONE, TWO = Literal(1), Literal(2)

READ = {
    "a": A,
    "value.percentile": Name("value.percentile"),
    '"Art der Buchung"': Name("Art der Buchung"),
    '"say ""hi"""': Name('say "hi"'),
    "geändert_am": Name("geändert_am"),
    "12": Literal(12),
    "1.50": Literal(1.5),
    ".5e-2": Literal(0.005),
    "'it''s'": Literal("it's"),
    "''": Literal(""),
    "TRUE": Literal(True),
    "null": Literal(None),
    "a + b * c": Arithmetic("+", A, Arithmetic("*", B, C)),
    "a - b - c": Arithmetic("-", Arithmetic("-", A, B), C),
    "(a + b) * c": Arithmetic("*", Arithmetic("+", A, B), C),
    "-a * b": Arithmetic("*", Negative(A), B),
    "a - -1": Arithmetic("-", A, Negative(ONE)),
    "a != 1": Comparison("<>", A, ONE),
    "a+1>=b": Comparison(">=", Arithmetic("+", A, ONE), B),
    "a = 1 or b = 2 and c": Logic("or", (Comparison("=", A, ONE), Logic("and", (Comparison("=", B, TWO), C)))),
    "not a = 1 and b": Logic("and", (Not(Comparison("=", A, ONE)), B)),
    "a and b and c": Logic("and", (A, B, C)),
    "(a and b) and c": Logic("and", (Logic("and", (A, B)), C)),
    "a In (1, 2)": In(A, (ONE, TWO)),
    "a not in ('x')": In(A, (Literal("x"),), negated=True),
    "a between 1 and 2 and b": Logic("and", (Between(A, ONE, TWO), B)),
    "a not between b and c": Between(A, B, C, negated=True),
    "a is null": IsNull(A),
    "a is not null": IsNull(A, negated=True),
    "a like 'x%'": Like(A, "x%"),
    "a not like '_'": Like(A, "_", negated=True),
    "coalesce(a, b, 1)": Call("coalesce", (A, B, ONE)),
    "CONCAT(a, 'x')": Call("concat", (A, Literal("x"))),
    "coalesce": Name("coalesce"),
    "case when a then 1 when b then 2 else c end": Case(((A, ONE), (B, TWO)), C),
    "case when a then 1 end": Case(((A, ONE),)),
    "a\n  =\t1": Comparison("=", A, ONE),
}

REFUSED = {
    "": "found the end",
    "   ": "found the end",
    "a =": "found the end",
    "a = )": "position 5",
    "(a": "expected ), found the end",
    "a)": "position 2",
    "a b": "expected an operator",
    "a == 1": "equality is one =",
    "a => 1": "at least is >=",
    "a = b = c": "cannot be chained",
    "a <> = 1": "expected a value",
    "a && b": "the word and",
    "a || b": "concat",
    "!a": "the word not",
    "'open": "ends with another '",
    '"open': "ends with another",
    '""': "position 1",
    "a in ()": "a name or a value",
    "a in 1": "( after in",
    "a in (1, 2": "a comma",
    "a between 1": "the higher end",
    "a between 1 or 2": "the higher end",
    "a is 1": "null or not null",
    "a like b": "a pattern in single quotes",
    "a like 'x\\'": "last backslash",
    "a not 1": "in, between or like",
    "a + not b": "a name or a value",
    "case a when 1 then 2 end": "when and a condition",
    "case when a then 1": "found the end",
    "case end": "when and a condition",
    "system('rm')": "one of the functions",
    "__import__('os')": "one of the functions",
    "a; drop table customer": "position 2",
    "a -- drop it": "expected an operator",
    "/* x */ a": "position 1",
    "{{ a }}": "position 1",
    "${HOME}": "position 1",
    "a = $1": "position 5",
    "a[0]": "position 2",
    "lambda: 0": "position 7",
    "9223372036854775808": "a whole number up to",
    "9" * 5000: "a whole number up to",
    "1e999": "below 1e308",
    "٣ = 1": "digits 0 to 9",
    "1.2.3": "expected an operator",
    "a = 'x\0y'": "0x0000",
    "a = '\ud800'": "0xd800",
    "select": None,
    "(" * 5000: "levels of nesting",
    "not " * 4000 + "a": "levels of nesting",
    "-" * 5000 + "1": "levels of nesting",
    "+".join(["a"] * 5000): "levels of nesting",
    "case when " * 1900 + "a": "levels of nesting",
    "coalesce(" * 2000 + "a": "levels of nesting",
    "a" * (MAX_LENGTH + 1): "characters long",
}


@pytest.mark.parametrize("text", READ)
def test_reads(text: str) -> None:
    assert repr(parse(text)) == repr(READ[text])


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text[:24]))
def test_refuses_with_a_reason(text: str) -> None:
    said = REFUSED[text]
    if said is None:
        assert parse(text) == Name(text)
        return
    with pytest.raises(ConditionError) as caught:
        parse(text)
    assert said in caught.value.problem
    assert len(caught.value.problem) < 500


def test_the_caret_stands_below_the_place() -> None:
    with pytest.raises(ConditionError) as caught:
        parse("a = 1 and\nbb >> 2")
    _, line, caret = caught.value.problem.split("\n")
    assert line.strip() == "bb >> 2"
    assert line[len(caret) - 1] == ">" and caret.index("^") == line.index("> 2")


def test_an_unknown_function_is_guessed() -> None:
    with pytest.raises(ConditionError) as caught:
        parse("coalsce(a, b)")
    assert caught.value.guess == "coalesce" and caught.value.allowed == ("coalesce", "concat")


def test_depth_that_is_allowed_and_long_lists_are_read() -> None:
    deep = MAX_DEPTH - 1
    assert parse("(" * deep + "a" + ")" * deep) == A
    assert len(parse(" or ".join(["a"] * 3000)).parts) == 3000  # type: ignore[union-attr]
    assert len(parse("a in (" + ",".join(["1"] * 9000) + ")").items) == 9000  # type: ignore[union-attr]


def test_names_and_check() -> None:
    node = parse("value.high < 5 and concat(a, \"b c\") = 'x' or case when d then e else f end is null")
    assert names_of(node) == {"value.high", "a", "b c", "d", "e", "f"}
    check(node, names_of(node))
    with pytest.raises(ConditionError) as caught:
        check(parse("value.percentle > 80"), ["value.percentile", "value.high"], where="the audience of campaign july")
    assert caught.value.guess == "value.percentile"
    assert "the audience of campaign july" in caught.value.problem


def test_check_lists_at_most_twenty_names_the_nearest_first() -> None:
    names = [f"column_{number:03}" for number in range(500)] + ["net_amount"]
    with pytest.raises(ConditionError) as caught:
        check(parse("net_amont = 1"), names)
    assert len(caught.value.allowed) == 20 and caught.value.allowed[0] == "net_amount"
    assert "481 more" in caught.value.problem


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
_LITERALS = st.one_of(
    st.integers(0, 2**63 - 1),
    st.floats(0, allow_nan=False, allow_infinity=False),
    _TEXT,
    st.sampled_from([True, False, None]),
).map(Literal)
_NAMES = st.one_of(st.sampled_from(["a", "b.c", "Art der", "NULL", "größe", "x.1"]), _TEXT.filter(bool)).map(Name)
_PATTERNS = st.text("ab%_'", max_size=5)


def _grown(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(nodes, min_size=1, max_size=3).map(tuple)
    pairs = st.lists(st.tuples(nodes, nodes), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Arithmetic, st.sampled_from("+-*/"), nodes, nodes),
        st.builds(Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), nodes, nodes),
        st.builds(Logic, st.sampled_from(["and", "or"]), st.lists(nodes, min_size=2, max_size=3).map(tuple)),
        st.builds(Between, nodes, nodes, nodes, st.booleans()),
        st.builds(In, nodes, some, st.booleans()),
        st.builds(Like, nodes, _PATTERNS, st.booleans()),
        st.builds(IsNull, nodes, st.booleans()),
        st.builds(Call, st.sampled_from(["coalesce", "concat"]), some),
        st.builds(Case, pairs, st.one_of(st.none(), nodes)),
        st.builds(Not, nodes),
        st.builds(Negative, nodes),
    )


@settings(derandomize=True, max_examples=200, deadline=None, database=None)
@given(st.recursive(st.one_of(_LITERALS, _NAMES), _grown, max_leaves=8))
def test_writing_and_reading_give_the_same_tree(node: Node) -> None:
    assert repr(parse(unparse(node))) == repr(node)


@settings(derandomize=True, max_examples=200, deadline=None, database=None)
@given(st.text("ab1.'\"()+-*/=<>!,%_ \\\n", max_size=30))
def test_any_text_is_read_or_refused_and_what_is_read_round_trips(text: str) -> None:
    try:
        node = parse(text)
    except ConditionError:
        return
    assert repr(parse(unparse(node))) == repr(node)
