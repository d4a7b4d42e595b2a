"""The demo's whole loop: make the project, run it, launch a campaign, draw its reactions, capture them, read the effect.

Usage: python tools/demo.py DIR [--engine-toml FILE]
A second call finds everything fresh and redoes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

import regulars
from regulars.simulate.reaction import TrueEffect, reactions

CAMPAIGN = "spring_thanks"
TRUTH = TrueEffect(order_lift=0.2, margin=0.25, redeems=0.05)
SEED = 20180101
WINDOW = 28


def main() -> None:
    """Run the loop in the folder named on the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--engine-toml", type=Path, help="an [engine] section that replaces the default one")
    asked = options.parse_args()
    crm = make(asked.folder, asked.engine_toml)
    tell(crm.run())
    sent = crm.launch(CAMPAIGN)
    print(f"{CAMPAIGN}: {sent['treated']} addressed, {sent['held_out']} left alone, {sent['sent']} sent")
    if draw_reactions(crm):
        tell(crm.run())
    print(crm.do("report")["summary"])


def make(folder: Path, engine: Path | None) -> regulars.Crm:
    """The demo project, made if it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = not (folder / "regulars.toml").exists()
    regulars.Crm(folder).do("demo", dir=str(folder.resolve()))
    if fresh and engine:
        config = folder / "regulars.toml"
        config.write_text(config.read_text() + "\n" + engine.read_text())
    return regulars.open(folder)


def draw_reactions(crm: regulars.Crm) -> bool:
    """Simulate what the assigned customers do in the four weeks after; False when that was done before."""
    path = crm.root / "reactions" / f"{CAMPAIGN}.csv"
    if path.exists():
        return False
    found = reactions(_assigned(crm), _past(crm), past_days=365, days=WINDOW, truth=TRUTH, seed=SEED)
    path.parent.mkdir(exist_ok=True)
    truth = {"campaign": CAMPAIGN, "margin_per_customer": found.margin_per_customer, "margin_total": found.margin_total}
    (crm.root / "truth.json").write_text(json.dumps(truth))
    pacsv.write_csv(_zoned(found.rows), path)
    return True


def _assigned(crm: regulars.Crm) -> pa.Table:
    rows = crm.table("treatment").to_arrow().filter(pa.compute.field("campaign_id") == CAMPAIGN)
    links = crm.table("source_customer").to_arrow()
    links = (
        links.filter(pa.compute.field("source") == "grocer")
        .group_by("customer_key")
        .aggregate([("customer_id", "min")])
    )
    joined = rows.join(links.rename_columns(["customer_key", "customer_id"]), "customer_key").sort_by("message_id")
    wanted = ["customer_key", "customer_id", "message_id", "campaign_id", "offer_id", "arm", "assigned_at"]
    sent = pa.compute.is_valid(joined["sent_at"])
    return joined.select(wanted).append_column("sent", sent)


def _past(crm: regulars.Crm) -> pa.Table:
    segments = crm.ask("orders", "revenue", by=["customer"]).to_arrow()
    return pa.table(
        {"customer_key": segments["customer"], "orders": segments["orders"], "revenue": segments["revenue"]}
    )


def _zoned(rows: pa.Table) -> pa.Table:
    """Instants are UTC; the file says so, because the project's own zone is another."""
    at = rows.column_names.index("occurred_at")
    text = pa.compute.strftime(rows["occurred_at"].cast(pa.timestamp("s")), format="%Y-%m-%dT%H:%M:%SZ")
    return rows.set_column(at, "occurred_at", text)


def tell(done: Any) -> None:
    """One line for each step."""
    for step in done["steps"]:
        print(f"  {step['step']:<22} {step['status']:<8} {step['seconds']:>7.1f} s  {step.get('why') or ''}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
