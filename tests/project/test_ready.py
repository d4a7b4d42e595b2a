"""Do the ready mappings read what those systems export? Small exports in each format, with sums that are known."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from regulars.kernel.errors import UnknownNameError
from regulars.project.like import like, systems
from regulars.project.project import Project
from regulars.project.steps.capture import capture
from regulars.project.steps.new import new
from tests.project.conftest import outside

Rows = Sequence[Mapping[str, object]]


def write(path: Path, rows: Rows, delimiter: str = ",") -> None:
    """A CSV with the columns of all rows; what a row lacks is empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=delimiter, restval="")
        writer.writeheader()
        writer.writerows(rows)


@contextmanager
def captured(folder: Path, system: str, files: Mapping[str, Rows], delimiter: str = ",") -> Iterator[Project]:
    """A project made with `--like`, over these files."""
    new(folder, outside(), dir="shop", like=system)
    for name, rows in files.items():
        write(folder / "shop/data" / name, rows, delimiter)
    project = Project(folder / "shop", outside(), verb="test")
    try:
        told = capture(project)
        for batch in told["batches"]:
            assert (batch["quarantined"], batch["held"]) == (0, False), batch
            assert batch["read"] == batch["loaded"] + batch["duplicate"] + batch["superseded"] + batch["skipped"]
        yield project
    finally:
        project.close()


def rows(project: Project, table: str) -> list[dict[str, Any]]:
    """The open rows of a table."""
    found = project.engine.arrow(project.warehouse.table(table)).to_pylist()
    return sorted(found, key=lambda row: [str(row[name]) for name in project.warehouse.contract(table).key])


def net(found: Sequence[Mapping[str, Any]], order: str) -> Decimal:
    """An order's net amount, cancelled lines left out."""
    return sum(
        (row["net_amount"] for row in found if row["order_id"] == order and row["status"] != "cancelled"), Decimal(0)
    )


SHOPIFY = [
    {"Name": "#1001", "Email": "ada@example.com", "Financial Status": "paid", "Currency": "EUR", "Subtotal": "90.00",
     "Shipping": "4.90", "Taxes": "17.10", "Total": "112.00", "Discount Code": "TEN", "Discount Amount": "10.00",
     "Created at": "2024-03-31 12:00:00 +0200", "Lineitem quantity": "2", "Lineitem name": "Cup", "Lineitem price": "30.00",
     "Lineitem compare at price": "35.00", "Lineitem sku": "CUP", "Cancelled at": "", "Payment Method": "paypal",
     "Refunded Amount": "0.00"},
    {"Name": "#1001", "Email": "ada@example.com", "Created at": "2024-03-31 12:00:00 +0200", "Lineitem quantity": "1",
     "Lineitem name": "Pot", "Lineitem price": "40.00", "Lineitem sku": "POT"},
    {"Name": "#1002", "Email": "ben@example.com", "Financial Status": "refunded", "Currency": "CHF", "Subtotal": "50.00",
     "Shipping": "0.00", "Taxes": "10.00", "Total": "60.00", "Discount Amount": "0.00", "Refunded Amount": "30.00",
     "Created at": "2024-04-01 09:30:00 +0200", "Lineitem quantity": "1", "Lineitem name": "Pan", "Lineitem price": "50.00",
     "Lineitem sku": "PAN"},
    {"Name": "#1003", "Email": "", "Financial Status": "voided", "Currency": "EUR", "Subtotal": "70.00", "Shipping": "0.00",
     "Taxes": "0.00", "Total": "70.00", "Discount Amount": "0.00", "Refunded Amount": "0.00",
     "Created at": "2024-04-02 10:00:00 +0200", "Cancelled at": "2024-04-02 11:00:00 +0200", "Lineitem quantity": "1",
     "Lineitem name": "Cup", "Lineitem price": "30.00", "Lineitem sku": "CUP"},
    {"Name": "#1003", "Created at": "2024-04-02 10:00:00 +0200", "Lineitem quantity": "1", "Lineitem name": "Pot",
     "Lineitem price": "40.00", "Lineitem sku": "POT"},
]  # fmt: skip


def test_shopify_orders_add_up_line_by_line(tmp_path: Path) -> None:
    people = [{"Customer ID": "'71", "First Name": "Ada", "Last Name": "Berg", "Email": "ada@example.com",
               "Accepts Email Marketing": "yes", "Default Address Company": "", "Default Address Address1": "Kai 1",
               "Default Address City": "Kiel", "Default Address Province Code": "", "Default Address Country Code": "DE",
               "Default Address Zip": "24103", "Phone": "+49 431 555010", "Total Spent": "90.00", "Tags": "vip"}]  # fmt: skip
    goods = [{"Handle": "cup", "Title": "Cup", "Vendor": "Clay", "Type": "Kitchen", "Variant SKU": "CUP",
              "Variant Price": "30.00", "Cost per item": "11.50"},
             {"Handle": "cup", "Title": "", "Vendor": "", "Type": "", "Variant SKU": "CUP-BLUE", "Variant Price": "32.00"},
             {"Handle": "cup", "Image Src": "https://cdn.example/cup.jpg"}]  # fmt: skip
    files = {"orders_export_1.csv": SHOPIFY, "customers_export.csv": people, "products_export_1.csv": goods}
    with captured(tmp_path, "shopify", files) as project:
        lines = rows(project, "order_line")
        assert [(row["order_id"], row["line_id"]) for row in lines] == [
            ("#1001", "1"), ("#1001", "2"), ("#1002", "1"), ("#1002", "refund"), ("#1003", "1"), ("#1003", "2")]  # fmt: skip
        assert net(lines, "#1001") == 90  # 2 x 30 + 40, less the discount of 10 = the order's subtotal
        assert [row["net_amount"] for row in lines[:2]] == [54, 36]
        assert net(lines, "#1002") == 25  # half of it was given back, without the tax in it
        assert net(lines, "#1003") == 0  # the second line is of the cancelled order too
        assert {row["currency"] for row in lines if row["order_id"] == "#1002"} == {"CHF"}
        assert [row["currency"] for row in lines[:2]] == ["EUR", "EUR"]
        assert (lines[0]["customer_id"], lines[4]["customer_id"]) == ("ada@example.com", None)
        assert (lines[0]["list_amount"], lines[1]["list_amount"]) == (70, 40)
        assert str(lines[0]["ordered_at"]) == "2024-03-31 10:00:00"
        assert rows(project, "customer")[0]["postcode"] == "24103"
        products = rows(project, "product")
        assert [(row["product_id"], row["name"], row["brand"]) for row in products] == [
            ("CUP", "Cup", "Clay"), ("CUP-BLUE", "Cup", "Clay")]  # fmt: skip


def woo(number: str, item: str, **other: object) -> dict[str, object]:
    """One item of an order."""
    base = {"Order Number": number, "Order Status": "Completed", "Order Date": "2024-05-02 14:05", "Currency": "EUR",
            "First Name (Billing)": "Ada", "Last Name (Billing)": "Berg", "Company (Billing)": "",
            "Address 1&2 (Billing)": "Kai 1", "City (Billing)": "Kiel", "State Code (Billing)": "",
            "Postcode (Billing)": "01067", "Country Code (Billing)": "DE", "Email (Billing)": "ada@example.com",
            "Phone (Billing)": "0431 555010", "Payment Method Title": "PayPal", "Coupon Code": "", "Item #": item,
            "SKU": f"S{item}", "Name": "Thing", "Quantity": "1", "Order Line Subtotal": "20.00",
            "Order Line (w/o tax)": "18.00", "Order Line Tax": "3.42", "Order Line Total Refunded": "0.00"}  # fmt: skip
    return base | other


def test_woocommerce_items_refunds_and_cancelled_orders(tmp_path: Path) -> None:
    orders = [
        woo("501", "1"),
        woo("501", "2", **{"Order Line (w/o tax)": "7.50", "Order Line Total Refunded": "7.50"}),
        woo("502", "1", **{"Order Status": "Cancelled", "Email (Billing)": "ben@example.com"}),
        woo("503", "1", **{"Order Date": "2024-06-01 08:00", "Currency": "USD", "City (Billing)": "Bonn"}),
    ]
    goods = [{"ID": "9", "SKU": "S1", "Name": "Thing", "Regular price": "20.00", "Categories": "Home"},
             {"ID": "10", "SKU": "", "Name": "Group", "Regular price": "", "Categories": "Home"}]  # fmt: skip
    with captured(tmp_path, "woocommerce", {"orders-2024.csv": orders, "products.csv": goods}) as project:
        lines = rows(project, "order_line")
        assert len(lines) == 5
        assert (net(lines, "501"), net(lines, "502"), net(lines, "503")) == (18, 0, 18)
        assert {row["currency"] for row in lines if row["order_id"] == "503"} == {"USD"}
        assert sum(row["tax_amount"] or 0 for row in lines if row["order_id"] == "501") == Decimal("6.84")
        people = {row["customer_id"]: row for row in rows(project, "customer")}
        assert set(people) == {"ada@example.com", "ben@example.com"}
        assert (people["ada@example.com"]["city"], people["ada@example.com"]["postcode"]) == ("Bonn", "01067")
        assert [row["product_id"] for row in rows(project, "product")] == ["S1"]


def test_shopware_orders_are_without_tax_and_freight(tmp_path: Path) -> None:
    base = {"sales_channel_id": "c1", "customer_firstname": "Ada", "order_date_time": "2024-05-02 14:05:00.000",
            "currency": "EUR", "customer_number": "10001"}  # fmt: skip
    orders = [
        {"id": "a1", "order_number": "10001", **base, "amount_total": "119.00", "amount_net": "100.00",
         "position_price": "107.10", "state": "completed"},
        {"id": "a2", "order_number": "10002", **base, "amount_total": "59.5", "amount_net": "50", "position_price": "59.5",
         "state": "cancelled"},
        {"id": "a3", "order_number": "10003", **base, "amount_total": "0", "amount_net": "0", "position_price": "0",
         "state": "open", "currency": "CHF"},
    ]  # fmt: skip
    people = [{"id": "p1", "customer_number": "10001", "first_name": "Ada", "last_name": "Berg", "email": "ada@example.com",
               "customer_group": "Standard", "language": "de-DE", "billing_company": "", "billing_street": "Kai 1",
               "billing_zipcode": "01067", "billing_city": "Dresden", "billing_country": "DE",
               "billing_phone_number": "0351 555010"}]  # fmt: skip
    goods = [
        {
            "product_number": "SW1",
            "name": "Cup",
            "manufacturer_name": "Clay",
            "price_net": "20",
            "purchase_prices_net": "9",
        }
    ]
    files = {"orders.csv": orders, "customers.csv": people, "products.csv": goods}
    with captured(tmp_path, "shopware", files, ";") as project:
        lines = rows(project, "order_line")
        assert [net(lines, each) for each in ("10001", "10002", "10003")] == [90, 0, 0]
        assert (lines[0]["freight_amount"], lines[0]["tax_amount"], lines[2]["currency"]) == (10, 19, "CHF")
        assert rows(project, "customer")[0]["postcode"] == "01067"
        assert rows(project, "product")[0]["unit_cost"] == 9


def test_business_central_invoices_and_credit_memos(tmp_path: Path) -> None:
    def line(document: str, number: str, **other: object) -> dict[str, object]:
        base = {"Document No.": document, "Line No.": number, "Sell-to Customer No.": "C10", "Posting Date": "01/31/2024",
                "Type": "Item", "No.": "1896-S", "Description": "Desk", "Quantity": "2", "Unit Cost (LCY)": "300.00",
                "Line Discount Amount": "50.00", "Amount": "1,950.00", "Amount Including VAT": "2,320.50",
                "Salesperson Code": "JO"}  # fmt: skip
        return base | other

    invoices = [
        line("103001", "10000"),
        line("103001", "20000", Type="G/L Account"),
        line("103002", "10000", Amount="100.00"),
    ]
    memos = [line("104001", "10000", Quantity="1", Amount="975.00", **{"Amount Including VAT": "1,160.25"})]
    entry = {"Posting Date": "01/31/2024", "Due Date": "02/29/2024", "Customer No.": "C10"}
    ledger = [
        {
            "Entry No.": "1",
            "Document Type": "Invoice",
            "Document No.": "103001",
            "Currency Code": "",
            "Amount (LCY)": "2,320.50",
            **entry,
        },
        {
            "Entry No.": "2",
            "Document Type": "Invoice",
            "Document No.": "103002",
            "Currency Code": "USD",
            "Amount (LCY)": "119.00",
            **entry,
        },
        {
            "Entry No.": "3",
            "Document Type": "Credit Memo",
            "Document No.": "104001",
            "Currency Code": "",
            "Amount (LCY)": "-1,160.25",
            **entry,
        },
        {
            "Entry No.": "4",
            "Document Type": "Payment",
            "Document No.": "B0815",
            "Currency Code": "",
            "Amount (LCY)": "-2,320.50",
            **entry,
        },
    ]
    people = [{"No.": "C10", "Name": "Cannon Group", "Contact": "Ada Berg", "Address": "Kai 1", "Post Code": "B27 4KT",
               "City": "Birmingham", "Country/Region Code": "GB", "Phone No.": "", "Email": "ada@example.com",
               "Customer Posting Group": "DOMESTIC", "Last Date Modified": "02/15/2024"}]  # fmt: skip
    goods = [{"No.": "1896-S", "Description": "Desk", "Item Category Code": "TABLE", "Vendor No.": "V1", "Unit Cost": "300.00",
              "Unit Price": "1,000.80"}]  # fmt: skip
    files = {"sales_invoice_lines.csv": invoices, "sales_credit_memo_lines.csv": memos, "customers.csv": people,
             "customer_ledger_entries.csv": ledger, "items.csv": goods}  # fmt: skip
    with captured(tmp_path, "business-central", files) as project:
        lines = rows(project, "order_line")
        assert [(row["order_id"], row["net_amount"], row["currency"]) for row in lines] == [
            ("103001", 1950, None), ("103002", 100, "USD"), ("104001", -975, None)]  # fmt: skip
        assert [row["cost_amount"] for row in lines] == [600, 600, -300]
        assert [row["tax_amount"] for row in lines][0::2] == [Decimal("370.5"), Decimal("-185.25")]
        assert [(row["payment_id"], row["amount"]) for row in rows(project, "payment")] == [("4", Decimal("2320.5"))]
        assert rows(project, "product")[0]["list_price"] == Decimal("1000.8")


def test_matomo_visits_and_who_logged_in(tmp_path: Path) -> None:
    base = {"visitIp": "192.0.2.0", "referrerUrl": "https://search.example/", "visitDuration": "65"}
    visits = [
        {"idVisit": "9001", "visitorId": "a1b2", "lastActionDateTime": "2024-03-01 10:01:05", "userId": "", **base},
        {"idVisit": "9002", "visitorId": "a1b2", "lastActionDateTime": "2024-03-04 11:00:00", "userId": "4711", **base},
        {"idVisit": "9003", "visitorId": "a1b2", "lastActionDateTime": "2024-03-05 11:00:00", "userId": "4711", **base},
    ]
    with captured(tmp_path, "matomo", {"visits-2024-03.csv": visits}) as project:
        assert [(row["event_id"], row["duration_seconds"]) for row in rows(project, "visit")] == [
            ("9001", 65), ("9002", 65), ("9003", 65)]  # fmt: skip
        assert [(row["visitor_id"], row["customer_id"]) for row in rows(project, "identity_link")] == [("a1b2", "4711")]


def test_mailchimp_members_consent_and_unsubscribes(tmp_path: Path) -> None:
    def member(mail: str, number: str, **other: object) -> dict[str, object]:
        base = {"Email Address": mail, "First Name": "Ada", "Last Name": "Berg", "Phone Number": "", "MEMBER_RATING": "3",
                "OPTIN_TIME": "2023-01-01 10:00:00", "CONFIRM_TIME": "2023-01-01 10:05:00", "CONFIRM_IP": "192.0.2.7",
                "CC": "DE", "REGION": "", "LAST_CHANGED": "2024-01-01 00:00:00", "LEID": number, "EUID": f"e{number}",
                "TAGS": '"vip"'}  # fmt: skip
        return base | other

    gone = member("ben@example.com", "2", UNSUB_TIME="2024-02-03 04:05:06", UNSUB_CAMPAIGN_ID="c77", UNSUB_REASON="")
    files = {
        "subscribed_email_audience_export_1.csv": [
            member("ada@example.com", "1"),
            member("cy@example.com", "3", CONFIRM_TIME=""),
        ],
        "unsubscribed_email_audience_export_1.csv": [gone],
        "campaigns.csv": [{"Title": "Spring", "Subject": "Hello", "Total Recipients": "3", "Unique Id": "c77"}],
    }
    with captured(tmp_path, "mailchimp", files) as project:
        assert len(rows(project, "customer")) == 3
        said = [(row["customer_id"], row["granted"]) for row in rows(project, "consent")]
        assert said == [("ada@example.com", True), ("ben@example.com", True), ("ben@example.com", False)]
        assert [(row["kind"], row["campaign_id"]) for row in rows(project, "response")] == [("unsubscribe", "c77")]
        assert rows(project, "campaign")[0]["name"] == "Spring"


def test_every_ready_mapping_has_a_test_and_a_wrong_name_is_told(tmp_path: Path) -> None:
    tested = {name.removeprefix("test_").split("_")[0] for name in globals() if name.startswith("test_")}
    assert {each.partition("-")[0] for each in systems()} <= tested
    with pytest.raises(UnknownNameError, match="shopfy"):
        like("shopfy", '"x"')


def test_an_export_that_is_known_is_told(tmp_path: Path) -> None:
    write(tmp_path / "orders_export_1.csv", SHOPIFY)
    told = new(tmp_path, outside(), dir="guessed", from_=["orders_export_1.csv"])
    assert "--like shopify" in told["next"]
