"""Cases about values: numbers, dates, business, identity, time order, hostile texts, and rows that are odd and right."""

from __future__ import annotations

from typing import Any

from tests.corpus.case import GOOD, GOODS, LINE, Case, Fix, Row, csv, lines, with_good

DE = 'decimal = ","\nthousands = "."'
DAY = "2024-01-05T00:00:00"


def amount(name: str, raw: str, *, value: str | None = None, reason: str | None = None, **more: Any) -> Case:
    """The good rows, and one with an amount as somebody writes it."""
    fixed = lines(("C", DAY, value)) if value else []
    data = with_good(("C", "2024-01-05", raw), sep=";")
    if reason is None:
        return Case(name, "numbers", data, [*GOODS, *fixed], **more)
    return Case(
        name, "numbers", data, GOODS, reasons=[reason], truth=[*GOODS, *fixed] if more.get("fix") else None, **more
    )


def corrected(order: str, when: str, value: str) -> Fix:
    """The file comes again with that row corrected."""
    return Fix(data=with_good((order, when, value), sep=";"))


def number_cases() -> list[Case]:
    """Separators, signs, symbols, limits."""
    mixed = csv(("A", "2024-01-05", "€1.5"), ("B", "2024-01-05", "$2.5"))
    with_code = LINE.replace(" }", ', currency = "c" }')
    ids = LINE.replace(" }", ', product_id = "p" }')
    tax = LINE.replace(" }", ', tax_amount = "x" }') + '\ntax = "included"'
    say: dict[str, Any] = {"group": "numbers"}
    comma = csv(("A", "2024-01-05", "12,50"), ("B", "2024-01-05", "1.234,50"), sep=";")
    two = lines(("A", DAY, "12.50"), ("B", DAY, "1234.50"))
    return [
        Case("decimal_comma_proved", data=comma, rows=two, says="decimal", **say),
        Case("decimal_comma_declared", data=comma, rows=two, source=DE, **say),
        Case("decimal_comma_contradicted", data=comma, held="12,50", source='decimal = "."', fix=Fix(DE), truth=two, **say),
        Case("three_digits_undecidable", data=csv(("A", "2024-01-05", "1.234"), ("B", "2024-01-05", "5")),
             held="1.234 or 1234", fix=Fix(DE), truth=lines(("A", DAY, "1234"), ("B", DAY, "5")), **say),
        Case("comma_undecidable", data=csv(("A", "2024-01-05", "1,234"), sep=";"), held="undecidable",
             fix=Fix('decimal = "."\nthousands = ","'), truth=lines(("A", DAY, "1234")), **say),
        Case("thousands_apostrophe", data=csv(("A", "2024-01-05", "1'234.50")), rows=lines(("A", DAY, "1234.50")), **say),
        Case("thousands_space", data=csv(("A", "2024-01-05", "1 234,50"), sep=";"), rows=lines(("A", DAY, "1234.50")), **say),
        Case("thousands_nbsp", data=csv(("A", "2024-01-05", "1\u00a0234,50"), sep=";"), rows=lines(("A", DAY, "1234.50")),
             **say),
        Case("thousands_narrow_nbsp", data=csv(("A", "2024-01-05", "1\u202f234,50"), sep=";"),
             rows=lines(("A", DAY, "1234.50")), **say),
        amount("trailing_minus", "12.50-", value="-12.50", reason="trailing_minus",
               fix=corrected("C", "2024-01-05", "-12.50")),
        amount("parentheses", "(12.50)", value="-12.50", reason="parentheses", fix=corrected("C", "2024-01-05", "-12.50")),
        amount("currency_symbol", "€ 12.50", value="12.50"),
        amount("currency_code", "EUR 12.50", value="12.50", reason="currency_symbol",
               fix=corrected("C", "2024-01-05", "12.50")),
        Case("mixed_currencies", data=mixed, held="several currencies", table=with_code.replace(', currency = "c"', ""),
             fix=Fix(table=with_code, data=csv(("A", "2024-01-05", "1.5", "EUR"), ("B", "2024-01-05", "2.5", "USD"),
                                               head="o,t,n,c")),
             truth=[{**row, "currency": code} for row, code in
                    zip(lines(("A", DAY, "1.5"), ("B", DAY, "2.5")), ("EUR", "USD"), strict=True)], **say),
        amount("percent", "12 %", reason="percent"),
        amount("scientific", "1.5E+2", value="150"),
        Case("scientific_id", data=csv(("A", "2024-01-05", "1.5", "4.00638E+12"), head="o,t,n,p"), table=ids,
             reasons=["digits_lost"], fix=Fix(data=csv(("A", "2024-01-05", "1.5", "4006381333931"), head="o,t,n,p")),
             truth=[{**lines(("A", DAY, "1.5"))[0], "product_id": "4006381333931"}], **say),
        Case("leading_zeros", data=csv(("007", "2024-01-05", "1.5", "01067"), head="o,t,n,p"), table=ids,
             rows=[{**lines(("007", DAY, "1.5"))[0], "product_id": "01067"}], **say),
        amount("minus_zero", "-0", value="0"),
        amount("nan", "NaN", reason="not_finite"),
        amount("overflow", "123456789012345678", reason="out_of_range"),
        amount("not_a_number", "abc", reason="not_a_number"),
        Case("null_markers", data=with_good(("C", "2024-01-05", "n/a")), rows=GOODS, reasons=["not_a_number"],
             fix=Fix('nulls = ["", "n/a"]'), truth=GOODS, **say),
        Case("half_cent", data=csv(("A", "2024-01-05", "1.00005"), ("B", "2024-01-05", "1.00015")),
             rows=lines(("A", DAY, "1.0000"), ("B", DAY, "1.0002")), **say),
        Case("tax_included", data=csv(("A", "2024-01-05", "119", "19"), head="o,t,n,x"), table=tax,
             rows=[{**lines(("A", DAY, "100"))[0], "tax_amount": "19"}], **say),
    ]  # fmt: skip


def moment(
    name: str, raw: str, *, value: str | None = None, reason: str | None = None, source: str = "", **more: Any
) -> Case:
    """The good rows, and one with a date as somebody writes it."""
    data = with_good(("C", raw, "1.5"))
    done = lines(("C", value, "1.5")) if value else []
    if reason is None:
        return Case(name, "dates", data, [*GOODS, *done], source=source, **more)
    return Case(name, "dates", data, GOODS, source=source, reasons=[reason],
                truth=[*GOODS, *done] if "fix" in more else None, **more)  # fmt: skip


def dates_cases() -> list[Case]:
    """Orders, forms, zones, placeholders."""
    us = csv(("A", "02/04/2024", "1.5"), ("B", "01/25/2024", "1.5"))
    us_rows = lines(("A", "2024-02-04T00:00:00", "1.5"), ("B", "2024-01-25T00:00:00", "1.5"))
    ambiguous = csv(("A", "02/04/2024", "1.5"), ("B", "03/05/2024", "1.5"))
    amsterdam = 'timezone = "Europe/Amsterdam"'
    noon = "2024-01-05T12:00:00"
    born = 'columns = { customer_id = "k", birth_date = "b" }'
    say: dict[str, Any] = {"group": "dates"}
    return [
        Case("month_first_proved", data=us, rows=us_rows,
             says="month-first", **say),
        Case("month_first_as_day_first", data=us, source='dates = "day-first"', held="line 3",
             fix=Fix('dates = "month-first"'),
             truth=us_rows, **say),
        Case("both_orders_possible", data=ambiguous, held="day-first and month-first", fix=Fix('dates = "day-first"'),
             truth=lines(("A", "2024-04-02T00:00:00", "1.5"), ("B", "2024-05-03T00:00:00", "1.5")), **say),
        Case("both_orders_mixed", data=csv(("A", "25/01/2024", "1.5"), ("B", "01/25/2024", "1.5")), held="mixes both",
             fix=Fix(data=csv(("A", "25/01/2024", "1.5"), ("B", "25/01/2024", "1.5"))),
             truth=lines(("A", "2024-01-25T00:00:00", "1.5"), ("B", "2024-01-25T00:00:00", "1.5")), **say),
        Case("two_digit_year", data=csv(("A", "25.01.24", "1.5")), reasons=["two_digit_year"], fix=Fix('dates = "%d.%m.%y"'),
             truth=lines(("A", "2024-01-25T00:00:00", "1.5")), **say),
        moment("iso_week", "2024-W05-1", reason="not_a_date"),
        moment("excel_serial", "45296", reason="number_for_date"),
        moment("epoch_seconds", "1704456000", reason="number_for_date"),
        moment("epoch_milliseconds", "1704456000000", reason="number_for_date"),
        Case("skipped_hour", data=csv(("A", "2024-03-31 02:30", "1.5")), reasons=["not_in_zone"], source=amsterdam,
             fix=Fix('timezone = "UTC"'), truth=lines(("A", "2024-03-31T02:30:00", "1.5")), **say),
        Case("doubled_hour", data=csv(("A", "2024-10-27 02:30", "1.5")), source=amsterdam,
             rows=lines(("A", "2024-10-27T00:30:00", "1.5")), **say),
        moment("offset", "2024-01-05T13:00:00+01:00", value=noon),
        moment("zulu", "2024-01-05T12:00:00Z", value=noon),
        moment("hour_24", "2024-01-05 24:00", reason="no_such_day"),
        moment("leap_second", "2016-12-31 23:59:60", reason="no_such_day"),
        moment("leap_day", "2024-02-29", value="2024-02-29T00:00:00"),
        moment("no_leap_day", "2023-02-29", reason="no_such_day"),
        moment("year_1900", "1900-01-01", reason="placeholder_date", source='nulls = ["", "x"]'),
        moment("year_9999", "9999-12-31", reason="out_of_range"),
        moment("far_future", "2199-01-01", reason="in_future"),
        moment("before_founding", "1985-01-01", reason="before_founded"),
        Case("birth_dates", data=csv(("1", "1931-02-03"), ("2", "2024-02-30"), ("3", "1985-12-01"), head="k,b"), table=born,
             contract="customer", rows=[{"customer_id": "1", "birth_date": "1931-02-03"},
                                        {"customer_id": "2", "birth_date": None},
                                        {"customer_id": "3", "birth_date": "1985-12-01"}],
             changed=[("birth_date", "no_such_day")], fix=Fix(data=csv(("1", "1931-02-03"), ("2", "2024-02-28"),
                                                                       ("3", "1985-12-01"), head="k,b")),
             truth=[{"customer_id": "1", "birth_date": "1931-02-03"}, {"customer_id": "2", "birth_date": "2024-02-28"},
                    {"customer_id": "3", "birth_date": "1985-12-01"}], **say),
    ]  # fmt: skip


KEYED = 'columns = { order_id = "o", line_id = "l", ordered_at = "t", net_amount = "n" }'


def keyed(*rows: tuple[str, str, str]) -> bytes:
    """Order lines with numbers of their own, all of one day: order, line, amount."""
    return csv(*((order, line, "2024-01-05", value) for order, line, value in rows), head="o,l,t,n")


def told(*rows: tuple[str, str, str]) -> list[Row]:
    """The same as rows."""
    return [{"order_id": o, "line_id": number, "ordered_at": DAY, "net_amount": n} for o, number, n in rows]


def business_cases() -> list[Case]:
    """Returns, repeats, conflicts, changes of customers, order of time."""
    status = LINE.replace(" }", ', status = { from = "s", values = { S = "cancelled" } } }')
    person = 'columns = { customer_id = "k", name = "v", updated_at = "u" }'
    versions = csv(("1", "new", "2024-02-01"), ("1", "old", "2024-01-01"), ("2", "only", "2024-01-01"), head="k,v,u")
    unread = 'columns = { customer_id = "k", name = "v" }'
    say: dict[str, Any] = {"group": "business", "table": KEYED}
    return [
        Case("return", data=keyed(("A", "1", "-5")), rows=told(("A", "1", "-5")), **say),
        Case("zero_price", data=keyed(("A", "1", "0")), rows=told(("A", "1", "0")), **say),
        Case("negative_total", data=keyed(("A", "1", "5"), ("A", "2", "-9")), rows=told(("A", "1", "5"), ("A", "2", "-9")),
             **say),
        Case("cancelled", data=csv(("A", "2024-01-05", "5", "S"), head="o,t,n,s"), group="business", table=status,
             rows=[{**lines(("A", DAY, "5"))[0], "status": "cancelled"}]),
        Case("same_key_same_content", data=keyed(("A", "1", "5"), ("A", "1", "5.00")), rows=told(("A", "1", "5")),
             counts={"duplicate": 1}, **say),
        Case("same_key_other_content", data=keyed(("A", "1", "5"), ("A", "1", "6")), rows=told(("A", "1", "5")),
             reasons=["key_conflict"], fix=Fix(data=keyed(("A", "1", "5"), ("A", "2", "6"))),
             truth=told(("A", "1", "5"), ("A", "2", "6")), **say),
        Case("identical_lines_of_one_receipt", data=csv(("A", "2024-01-05", "5"), ("A", "2024-01-05", "5")),
             group="business", rows=[{**row, "line_id": number} for row, number in
                                     zip(lines(("A", DAY, "5"), ("A", DAY, "5")), ("1", "2"), strict=True)]),
        Case("key_missing", data=keyed(("", "1", "5"), ("B", "1", "6")), rows=told(("B", "1", "6")),
             reasons=["missing_value"], **say),
        Case("filtered", data=keyed(("A", "1", "5"), ("V", "1", "50")), rows=told(("A", "1", "5")), group="business",
             table=KEYED + "\nwhere = \"o <> 'V'\"", counts={"skipped": 1}),
        Case("older_copy", data=versions, group="time order", contract="customer", table=person + '\nversion = "u"',
             rows=[{"customer_id": "1", "name": "new", "updated_at": "2024-02-01T00:00:00"},
                   {"customer_id": "2", "name": "only", "updated_at": "2024-01-01T00:00:00"}], counts={"superseded": 1}),
        Case("late_and_out_of_order", data=keyed(("B", "1", "6"), ("A", "1", "5")), rows=told(("A", "1", "5"), ("B", "1", "6")),
             **{**say, "group": "time order"}),
        Case("values_retyped", data=csv(*((str(each), "abc") for each in range(30)), head="k,v"), group="time order",
             contract="product", table='columns = { product_id = "k", name = "k", unit_cost = "v" }',
             held="30 not_a_number", fix=Fix(data=csv(*((str(each), "2.5") for each in range(30)), head="k,v")),
             truth=[{"product_id": str(each), "name": str(each), "unit_cost": "2.5"} for each in range(30)]),
        Case("snapshot", data=csv(("1", "x"), ("2", "y"), head="k,v"), group="time order", contract="customer",
             table=unread + '\nload = "snapshot"', rows=[{"customer_id": "1", "name": "x"}, {"customer_id": "2", "name": "y"}],
             fix=Fix(data=csv(("2", "y"), head="k,v")), truth=[{"customer_id": "2", "name": "y"}]),
    ]  # fmt: skip


def texts(name: str, group: str, *values: str) -> Case:
    """Customers with names as they are."""
    rows = [(str(number), '"' + value.replace('"', '""') + '"') for number, value in enumerate(values)]
    told = [
        {"customer_id": str(number), "name": value.strip(" \t\r\n\u00a0\ufeff")} for number, value in enumerate(values)
    ]
    table = 'columns = { customer_id = "k", name = "v" }'
    return Case(name, group, csv(*rows, head="k,v"), told, table=table, contract="customer")


def mails(name: str, *values: str) -> Case:
    """Customers with e-mails and telephones as they are: standardising is a later step, the captured text stays."""
    table = 'columns = { customer_id = "k", email = "v" }'
    rows = [{"customer_id": str(number), "email": value} for number, value in enumerate(values)]
    return Case(name, "identity", csv(*((str(at), f'"{value}"') for at, value in enumerate(values)), head="k,v"), rows,
                table=table, contract="customer")  # fmt: skip


def text_cases() -> list[Case]:
    """Identity and hostile texts: taken as they are, harmless; and what is odd and right."""
    events = 'columns = { event_id = "e", visitor_id = "v", occurred_at = "t", kind = "k" }'
    many = [(str(each), "v", "2024-01-05", f"kind{each}") for each in range(3_000)]
    seen = [{"event_id": e, "visitor_id": v, "occurred_at": DAY, "kind": k} for e, v, _, k in many]
    phones = 'columns = { customer_id = "k", phone = "v" }'
    numbers = ("0031 6 1234", "+31612345678", "(0)30 123", "0000000000")
    lost = csv(("1", '"4,91701E+11"'), ("2", "0170 1"), head="k,v")
    return [
        mails("mails", "\u0430nna@shop.example", "a+tag@shop.example", "a.b@gmail.com", "A@SHOP.EXAMPLE",
              "a@xn--mller-kva.example", "a@shop.example.", "info@shop.example", "test@test.nl"),
        Case("phones", "identity", csv(*((str(at), f'"{each}"') for at, each in enumerate(numbers)), head="k,v"),
             [{"customer_id": str(at), "phone": each} for at, each in enumerate(numbers)], table=phones,
             contract="customer"),
        Case("phone_digits_lost", "identity", lost, [{"customer_id": "1", "phone": None},
                                                     {"customer_id": "2", "phone": "0170 1"}],
             table=phones, contract="customer", changed=[("phone", "digits_lost")], source='delimiter = ","'),
        texts("names", "identity", "van der Berg", "Müller", "Mueller", "Berg, Anna", "a\u00a0b", "zero\u200bwidth",
              "\u202eevil", "Postfach 12"),
        texts("formulas", "hostile", "=1+1", "+1", "-1", "@SUM(A1)", "\ttab", "=cmd|' /C calc'!A0"),
        texts("markup", "hostile", "<script>alert(1)</script>", "{{ 7*7 }}", "${jndi:ldap://x}", "%s%n", "\\x00"),
        texts("sql", "hostile", "'; DROP TABLE customer; --", "a' OR '1'='1", 'a" OR ""="', "/* */", "NULL"),
        texts("log_lines", "hostile", "a\r\nERROR everything is fine", "a\nb"),
        texts("regex_bomb", "hostile", "a" * 5_000 + "!", "(" * 500),
        Case("long_file_name", "hostile", with_good(), GOODS, file="a" * 240 + ".csv"),
        Case("file_name_with_signs", "hostile", with_good(), GOODS, file="a'b;--<i>$(x) .csv"),
        Case("many_kinds", "hostile", csv(*many, head="e,v,t,k"), seen, table=events, contract="visit"),
        texts("odd_names", "honest but odd", "Null", "O'Brien", "D'=Arcy", "Test", "X", "-50% Sale", "NaN", "None", "0",
              "True"),
        mails("odd_mails", "o'brien+x@shop.example", "a@b.co", "null@shop.example"),
        Case("odd_products", "honest but odd", csv(("1", "-50% Sale"), ("2", "=Ersatz"), ("3", "1e5"), head="k,v"),
             [{"product_id": "1", "name": "-50% Sale"}, {"product_id": "2", "name": "=Ersatz"},
              {"product_id": "3", "name": "1e5"}],
             contract="product", table='columns = { product_id = "k", name = "v" }'),
        Case("odd_ids", "honest but odd", csv(("1e5", "2024-01-05", "1"), ("00", "2024-01-05", "2"),
                                                  ("null", "2024-01-05", "3")),
             lines(("1e5", DAY, "1"), ("00", DAY, "2"), ("null", DAY, "3"))),
        Case("odd_days", "honest but odd", csv(("A", "2000-02-29", "1"), ("B", "1999-12-31T23:59:59", "2")),
             lines(("A", "2000-02-29T00:00:00", "1"), ("B", "1999-12-31T23:59:59", "2"))),
        Case("only_good_rows", "honest but odd", with_good(), lines(*GOOD)),
    ]  # fmt: skip
