"""The `regulars.toml` of a project that nobody has filled in yet: every section that works, with a line on what it does."""

from __future__ import annotations

__all__ = ["BLANK"]

BLANK = """\
# One project, one file. Fill in a source, then: regulars capture
# Every key with its default: the reference of regulars.toml. What starts with # is an example.

[project]
name = {name}
currency = "EUR"                 # reports are in it
timezone = "UTC"                 # of business days, for example "Europe/Berlin"
week_starts = "monday"

[engine]
kind = "duckdb"                  # one file on this machine; "spark" when one machine is outgrown
path = "warehouse.duckdb"

# A source is one system of yours, and how it writes its files. Put them into data/.
# [sources.shop]
# encoding = "utf-8"             # or "cp1252" for older Windows exports
# delimiter = ";"                # found out when not given
# decimal = ","                  # default "."
# thousands = "."
# dates = "day-first"            # iso (default), day-first, month-first, or a form such as "%d.%m.%y"
# nulls = ["", "-"]              # texts that mean nothing
# trust = 1                      # the higher one wins when sources disagree on an attribute
#
# [[sources.shop.tables]]
# contract = "order_line"        # one row is one line of a sale; all contracts: regulars show tables
# from = "data/orders*.csv"      # csv, tsv, jsonl or parquet, also .gz
# columns = {{ order_id = "Order", ordered_at = "Date", customer_id = "Customer", product_id = "Item", net_amount = "Amount" }}
# # net_amount = {{ expr = "Qty * Price" }} computes; status = {{ from = "St", values = {{ S = "cancelled" }} }} translates
# constants = {{ channel = "store" }}
# attributes = ["Branch"]        # further columns, kept by their names
# where = "Type <> 'voucher'"    # the other rows are counted as skipped
# load = "append"                # append, upsert, snapshot (an absent key is deleted)
#
# [[sources.shop.tables]]
# contract = "customer"
# from = "data/customers*.csv"
# columns = {{ customer_id = "Customer", email = "E-mail", phone = "Phone", postcode = "Postcode", city = "City" }}
#
# [[sources.shop.tables]]
# contract = "product"
# from = "data/products.csv"
# columns = {{ product_id = "Item", name = "Name", category = "Group", unit_cost = "Cost" }}

# Which records are the same customer: equal after standardising.
# [identity]
# keys = ["email", "phone"]
# country = "DE"                 # of phone numbers without one

# Used, and said, where an order line has no cost.
# [profit]
# default_margin = 0.25

# What a customer will bring.
# [value]
# horizon = "365d"
# discount_rate = 0.10           # a year

# A segment of your own.
# [segments.loyal_berlin]
# where = "value.percentile > 80 and city = 'Berlin'"

# One action for each customer; the first match wins. Then: regulars score value && regulars decide care
# [policies.care]
# invest = "value.percentile >= 80"
# leave = "value.percentile < 20"
# average = "otherwise"

# Whom to address. Then: regulars plan thanks, regulars launch thanks, later: regulars effect thanks
# [campaigns.thanks]
# audience = "value.percentile >= 50"
# offer = "voucher-10"
# channel = "email"
# holdout = 0.1                  # left alone at random: they show what the campaign changed
# budget = 500
# cost_per_contact = 0.50
# window = "28d"                 # outcomes counted after assignment
# sink = "list"

# Where the list goes.
# [sinks.list]
# kind = "files"
# path = "out/"
# id_of = "shop"                 # customers are named by that source's own ids
# columns = ["email", "given_name"]

# Shares from which `regulars check` is content.
# [quality]
# completeness = 0.98
# references = 0.95
"""
