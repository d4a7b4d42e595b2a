"""Does the page tell everything, tell what is missing, and let no data become code?"""

from __future__ import annotations

from dataclasses import fields, replace
from html.parser import HTMLParser

import pytest

from regulars.report.markup import table, tag
from regulars.report.page import findings, mark_of, page
from regulars.report.panel import Panel, figure
from regulars.report.story import Basis, Effect, Figure, Story
from tests.report.told import HOSTILE, story

SECTIONS = ["overview", "sales", "customers", "worth", "trust", "actions", "campaigns", "quality", "origins", "words"]
VOID = {"meta", "link", "br"}
NOTHING = Story("shop", "EUR", "2024-01-01", "2024-01-02 00:00")


class Outline(HTMLParser):
    """The tags of a page, checked to be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


def test_no_data_becomes_code() -> None:
    text = page(story())
    outline = Outline(text)
    assert outline.open == []
    assert outline.of("script") == []
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;") >= 4  # the project, a department, a campaign, and their labels


@pytest.mark.parametrize("evil", ['" onload="x', "</style><b>", "--><b>", "'><img src=x>", "\x00\x1b[31m\u202e"])
def test_hostile_names_stay_text_wherever_they_stand(evil: str) -> None:
    told = replace(story(), project=evil, currency=evil)
    outline, plain = Outline(page(told)), Outline(page(replace(told, project="a", currency="b")))
    assert [tag for tag, _ in outline.seen] == [tag for tag, _ in plain.seen]
    assert [set(attributes) for _, attributes in outline.seen] == [set(attributes) for _, attributes in plain.seen]
    assert not {"\x00", "\x1b", "\u202e"} & set(page(told))


def test_nothing_is_loaded_from_elsewhere() -> None:
    text = page(story())
    outline = Outline(text)
    assert "://" not in text
    assert "@import" not in text
    addresses = [
        attributes[key] for _, attributes in outline.seen for key in ("href", "src", "action") if key in attributes
    ]
    assert all(each == "data:," or (each or "").startswith("#") for each in addresses)
    policy = [each["content"] for each in outline.of("meta") if each.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


@pytest.mark.parametrize("told", [story(), NOTHING], ids=["whole", "empty"])
def test_every_section_has_one_heading_of_its_own(told: Story) -> None:
    outline = Outline(page(told))
    assert [each["id"] for each in outline.of("section")] == SECTIONS
    assert [each["id"] for each in outline.of("h2")] == [f"{name}-title" for name in SECTIONS]
    assert len(outline.of("h1")) == 1
    assert outline.of("html") == [{"lang": "en"}]
    links = {(each["href"] or "")[1:] for each in outline.of("a")}
    assert links == set(SECTIONS)


def test_every_chart_is_said_in_words_and_has_its_table() -> None:
    outline = Outline(page(story()))
    charts = [each for each in outline.of("svg") if each.get("role") == "img"]
    assert len(charts) > 20
    assert all(len(each["aria-label"] or "") > 20 for each in charts)
    assert all("aria-hidden" in each for each in outline.of("svg") if each.get("role") != "img")
    drawn = {each["aria-label"] for each in charts}
    assert len(outline.of("details")) >= len(drawn)


@pytest.mark.parametrize(
    ("part", "verb"),
    [
        ("sales", "capture"), ("segments", "score segments"), ("moves", "score segments"), ("value", "score value"),
        ("card", "score value"), ("policies", "decide POLICY"), ("feeds", "capture"), ("definitions", "ask revenue"),
    ],
)  # fmt: skip
def test_a_missing_part_names_its_verb(part: str, verb: str) -> None:
    whole = story()
    nothing = () if isinstance(getattr(whole, part), tuple) else None
    text = page(replace(whole, **{part: nothing}))  # type: ignore[arg-type]
    assert f"<code>regulars {verb}</code>" in text
    assert f"<code>regulars {verb}</code>" not in page(whole)


def test_every_part_may_be_missing_alone() -> None:
    whole = story()
    for each in fields(Story):
        if each.name not in ("project", "currency", "as_of", "generated_at", "mark"):
            nothing = () if isinstance(getattr(whole, each.name), tuple) else None
            assert Outline(page(replace(whole, **{each.name: nothing}))).open == []  # type: ignore[arg-type]


def test_a_campaign_says_how_far_it_went() -> None:
    whole = story()
    (done,) = whole.campaigns
    planned = page(replace(whole, campaigns=(replace(done, launch=None, effect=None),)))
    assert "Launch it: regulars launch winter_thanks" in planned
    assert "<code>regulars effect winter_thanks</code>" in planned
    unknown = page(replace(whole, campaigns=(replace(done, plan=None, launch=None, effect=None),)))
    assert "<code>regulars plan winter_thanks</code>" in unknown


def test_a_withheld_effect_shows_no_figure_but_the_reason() -> None:
    whole = story()
    (done,) = whole.campaigns
    nothing = Figure(None, interval=95)
    held = Effect("withheld", "The window is open.", nothing, nothing, None, done.effect.arms, None, (), Basis())  # type: ignore[union-attr]
    text = page(replace(whole, campaigns=(replace(done, effect=held),)))
    assert "The result is withheld: The window is open." in text
    assert "profit per addressed customer" not in text


def test_an_interval_around_zero_is_said_in_the_title() -> None:
    whole = story()
    (done,) = whole.campaigns
    assert done.effect is not None
    assert "not to be told from 0" not in page(whole)
    unsure = replace(done.effect, verdict="undecided", per_customer=Figure(1.0, -1.0, 3.0, 95, 10))
    text = page(replace(whole, campaigns=(replace(done, effect=unsure),)))
    assert "+1.00 USD of profit per addressed customer, not to be told from 0" in text
    assert "It cannot be told from chance" in text


def test_numbers_have_unit_interval_and_form() -> None:
    text = page(story()).replace("\u00a0", " ")
    for said in (
        "4.60 M", "Revenue, USD", "1,469,307", "80 % interval 29.02 to 29.97", "The best fifth of customers hold 58 % of",
        "+2,208", "95 % interval +320 to +4,100", "p = 0.81", "Champions gave 54 % of revenue", "21.1 %",
    ):  # fmt: skip
        assert said in text, said


def test_badges_stand_where_they_are_due() -> None:
    assert 'class="badge made"' not in str(figure(Panel("a", "b", Basis()), None, table=table([], [])))
    made = Basis(("reactions",), simulated=True, assumed=("A contact costs 1.",))
    shown = figure(Panel("a", "b", made), None, table=table([], []))
    assert ">simulated<" in shown
    assert 'title="A contact costs 1."' in shown


def test_an_unfinished_month_is_hatched() -> None:
    assert page(story()).count('class="hatched"') == 3  # the same chart at three widths
    assert "A hatched month" in page(story())


def test_the_mark_can_be_read_back() -> None:
    assert mark_of(page(story())) == "0123456789abcdef"
    assert mark_of("<!doctype html>") is None


def test_the_findings_follow_the_loop() -> None:
    told = findings(story())
    assert [each.split(" ", 1)[0] for each in told] == ["Champions:", "The", "The", "The", "Campaign"]
    assert findings(NOTHING) == []


def test_markup_is_not_escaped_twice() -> None:
    assert tag("p", tag("b", "a & b")) == "<p><b>a &amp; b</b></p>"


def test_equal_stories_give_equal_pages() -> None:
    assert page(story()) == page(story())
