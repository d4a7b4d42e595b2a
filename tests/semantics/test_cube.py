from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from regulars.kernel.errors import ConditionError, UnknownNameError, UsageError
from regulars.semantics.cube import Answer, answer
from regulars.semantics.metrics import METRICS
from regulars.semantics.notes import notes_of
from regulars.semantics.question import Question
from tests.semantics.company import CONTEXT, SHOP, Company, company, line, links


@pytest.fixture(scope="module")
def shop() -> Company:
    return company(**SHOP)


def ask(tables: Company, *metrics: str, **more: Any) -> Answer:
    return answer(Question(metrics, **more), tables, context=CONTEXT)


def rows(found: Answer) -> list[dict[str, Any]]:
    return found.rows.to_pyarrow().to_pylist()


def totals(found: Answer) -> dict[str, Any]:
    return found.totals.to_pyarrow().to_pylist()[0]


def test_sales_of_the_shop(shop: Company) -> None:
    found = totals(ask(shop, "revenue", "order_lines", "orders", "buyers", "units", "returns", "active_customers"))
    assert found == {
        "revenue": Decimal("64.5000"),  # 10 + 5 + 20 - 5 + 7.50 + 30 USD at 0.9; the GBP line has no rate
        "order_lines": 7,
        "orders": 6,
        "buyers": 3,
        "units": Decimal("5.000"),
        "returns": Decimal("5.0000"),
        "active_customers": 3,
    }


def test_a_ratio_comes_from_its_parts(shop: Company) -> None:
    found = ask(shop, "average_order_value", "return_rate", by=("channel",))
    assert totals(found)["average_order_value"] == Decimal("12.9000")  # 64.50 / 5 orders with an amount
    assert totals(found)["return_rate"] == pytest.approx(5 / 69.5)
    web = next(row for row in rows(found) if row["channel"] == "web")
    assert web["average_order_value"] == Decimal("14.0000") and web["average_order_value_n"] == 3


def test_cost_known_or_assumed(shop: Company) -> None:
    found = totals(ask(shop, "margin", "product_cost"))
    assert found["margin"] == Decimal("17.6250")  # 4 + 0.25 * (64.5 - 10)
    assert found["margin"] + found["product_cost"] == Decimal("64.5000")


def test_what_is_kept_apart_is_named(shop: Company) -> None:
    checks = ask(shop, "margin").checks
    assert checks is not None
    said = notes_of(checks.to_pyarrow().to_pylist(), 0.25)
    assert "1 order lines in GBP have no exchange rate: their amounts are left out." in said
    assert "5 order lines have no cost: a margin of 25% is assumed for them." in said


def test_null_is_a_member_and_a_doubled_product_changes_nothing(shop: Company) -> None:
    found = rows(ask(shop, "revenue", by=("department",)))
    assert [(row["department"], row["revenue"]) for row in found] == [
        ("Food", Decimal("30.0000")),
        ("Home", Decimal("7.5000")),
        (None, Decimal("27.0000")),
    ]
    names = {row["product_name"] for row in rows(ask(shop, "units", by=("product_name",)))}
    assert names == {"Tea", "Jam, new", "Cup", None}


def test_periods_have_their_labels_in_order(shop: Company) -> None:
    found = rows(ask(shop, "order_lines", by=("quarter", "month", "week", "year", "weekday")))
    assert found[0] | {"order_lines": 2} == {
        "quarter": "2017-Q1", "month": "2017-01", "week": "2017-01-02", "year": "2017", "weekday": "Thursday",
        "order_lines": 2,
    }  # fmt: skip
    assert [row["month"] for row in found] == sorted(row["month"] for row in found)


def test_customers_by_cohort_segment_and_attribute(shop: Company) -> None:
    found = rows(ask(shop, "buyers", "new_customers", "repeat_rate", by=("cohort",)))
    assert [(row["cohort"], row["buyers"], row["new_customers"]) for row in found] == [
        ("2017-01", 1, 1), ("2017-02", 1, 1), ("2017-03", 1, 1), (None, 0, 0),
    ]  # fmt: skip
    assert [row["repeat_rate"] for row in found] == [1.0, 0.0, 1.0, None]
    segments = rows(ask(shop, "revenue", by=("rfm",)))
    assert {row["rfm"]: row["revenue"] for row in segments} == {
        "regular": Decimal("10.0000"), "champions": Decimal("20.0000"), None: Decimal("34.5000"),
    }  # fmt: skip
    cities = rows(ask(shop, "customer_value", "revenue", by=("city",)))
    assert [(row["city"], row["customer_value"]) for row in cities] == [
        ("Delft", Decimal("12.5000")), ("Gouda", Decimal("100.2500")), (None, None),
    ]  # fmt: skip


def test_campaigns(shop: Company) -> None:
    found = ask(shop, "messages", "responses", "response_rate", "campaign_cost", by=("campaign",))
    assert [(row["campaign"], row["messages"], row["responses"], row["campaign_cost"]) for row in rows(found)] == [
        ("c1", 3, 3, Decimal("61.7500")),  # 0.50 + 0.75 + 0.50 + 50 + 10
        ("own", 1, 0, None),  # our own message has no cost yet
    ]
    assert [row["response_rate"] for row in rows(found)] == [pytest.approx(2 / 3), 0.0]
    assert totals(found)["response_rate"] == 0.5


def test_service_visits_and_deals(shop: Company) -> None:
    found = totals(ask(shop, "nps", "contacts", "complaints", "visitors", "win_rate", "pipeline_amount", "csat"))
    assert (found["nps"], found["nps_n"], found["contacts"], found["complaints"]) == (25.0, 4, 6, 1)
    assert (found["visitors"], found["win_rate"], found["pipeline_amount"]) == (2, 0.5, Decimal("70.0000"))
    assert found["csat"] is None and found["csat_low"] is None


@pytest.mark.parametrize(
    ("where", "revenue"),
    [
        ("department = 'Food'", "30.0000"),
        ("rfm = 'champions'", "20.0000"),
        ("segment.rfm is null and channel = 'store'", "7.5000"),
        ("value.percentile > 80", "20.0000"),
        ("value.residual_value < 50", "10.0000"),
        ("month >= '2017-02' and day < '2017-03-01'", "15.0000"),
        ("customer.city = 'Delft' and net_amount < 0", "-5.0000"),
        ("birth_date < '1990-01-01'", "10.0000"),
        ("year = 2018", "0.0000"),
    ],
)
def test_where(shop: Company, where: str, revenue: str) -> None:
    assert totals(ask(shop, "revenue", where=where))["revenue"] == Decimal(revenue)


def test_compare_names_both_periods_and_lays_months_side_by_side(shop: Company) -> None:
    february = ask(shop, "revenue", start=date(2017, 2, 1), end=date(2017, 2, 28), compare="previous", by=("year",))
    assert (february.period, february.compared) == ("2017-02-01..2017-02-28", "2017-01-04..2017-01-31")
    assert rows(february) == [
        {"year": "2017", "revenue": Decimal(15), "revenue_previous": Decimal(15), "revenue_change": 0.0}
    ]
    lines = [line("o1", "1", date(2016, 2, 29), net="8"), line("o2", "1", date(2017, 2, 28), net="12")]
    years = ask(company(order_line=lines), "revenue", by=("month",), last="1y", compare="last-year")
    assert years.compared == "2016-01-01..2016-12-31"
    assert rows(years)[0] == {
        "month": "2017-02", "revenue": Decimal(12), "revenue_last_year": Decimal(8), "revenue_change": 0.5,
    }  # fmt: skip


def test_top_keeps_the_rest_in_one_row_counted_again(shop: Company) -> None:
    found = rows(ask(shop, "revenue", "buyers", by=("product",), top=1))
    assert [(row["product"], row["revenue"], row["buyers"]) for row in found] == [
        ("p1", Decimal("30.0000"), 2),
        ("(other)", Decimal("34.5000"), 2),
    ]


def test_top_ties_go_by_the_members() -> None:
    lines = [line(f"o{name}", "1", date(2017, 1, 1), net="5", product_id=name) for name in "dbca"]
    found = rows(ask(company(order_line=lines), "revenue", by=("product",), top=2))
    assert [row["product"] for row in found] == ["a", "b", "(other)"]


def test_the_rows_behind_a_cell(shop: Company) -> None:
    found = ask(shop, "revenue", "messages", by=("channel",))
    behind = found.rows_of({"channel": "email"}).to_pyarrow().to_pylist()
    assert {row["contract"] for row in behind} == {"message", "treatment"} and len(behind) == 5
    assert found.rows_of({"channel": "store"}).count().execute() == 3
    assert found.rows_of({}).count().execute() == 7 + 5
    assert ask(shop, "revenue", by=("product",), top=1).rows_of({"product": "(other)"}).count().execute() == 5
    with pytest.raises(UnknownNameError):
        found.rows_of({"month": "2017-01"})


def test_a_dimension_out_of_reach_is_refused_and_the_reachable_ones_named(shop: Company) -> None:
    with pytest.raises(UsageError, match="'messages' has no 'category'") as refused:
        ask(shop, "revenue", "messages", by=("category",))
    assert "campaign" in refused.value.allowed and "category" not in refused.value.allowed
    with pytest.raises(UsageError, match="has no 'month'"):
        ask(shop, "customer_value", by=("month",))
    with pytest.raises(UsageError, match="no single category"):
        ask(shop, "messages", where="category = 'Drinks'")


@pytest.mark.parametrize(
    ("question", "error", "said"),
    [
        (Question(("revenu",)), UnknownNameError, "Did you mean 'revenue'"),
        (Question(("revenue",), by=("mont",)), UnknownNameError, "Did you mean 'month'"),
        (Question(("revenue",), where="chanel = 'web'"), ConditionError, "Did you mean 'channel'"),
        (Question(()), UsageError, "needs a metric"),
        (Question(("revenue", "revenue")), UsageError, "twice"),
        (Question(("revenue",), compare="previous"), UsageError, "--from or --last"),
        (Question(("revenue",), last="soon"), UsageError, "90d"),
        (Question(("revenue",), top=3), UsageError, "--by"),
    ],
)
def test_wrong_questions(shop: Company, question: Question, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        answer(question, shop, context=CONTEXT)


def test_every_metric_answers_on_an_empty_company() -> None:
    found = totals(ask(company(), *METRICS))
    for name, metric in METRICS.items():
        assert found[name] == (
            0 if metric.whole is None and metric.fact not in ("customer_values", "targets") else None
        ), name


def test_definitions_and_tables_are_said(shop: Company) -> None:
    found = ask(shop, "revenue", "messages", "customer_value", by=("channel",)[:0], last="30d")
    assert found.definitions["revenue"].startswith("What was sold")
    assert found.facts == ("order_line", "message", "treatment", "response", "score")
    assert any("the state as of 2017-12-31" in note for note in found.notes)


def test_a_line_of_a_customer_who_is_not_unified_is_said() -> None:
    lines = [line("o1", "1", date(2017, 1, 1), net="5", customer="new"), line("o2", "1", date(2017, 1, 1), net="5")]
    checks = ask(company(order_line=lines, source_customer=links("old")), "buyers").checks
    assert checks is not None
    assert notes_of(checks.to_pyarrow().to_pylist()) == [
        "1 order lines name a customer who is not unified yet: they count as anonymous."
    ]
