"""What visitors and customers did and said to us: visits, contacts, service cases, survey answers."""

from __future__ import annotations

from regulars.contracts.declare import flag, instant, integer, money, number, text, texts
from regulars.contracts.model import Contract

__all__ = ["CASE", "CONTACT", "SURVEY", "VISIT"]

VISIT = Contract(
    name="visit",
    grain="one event of a visitor, on the web or in a store",
    columns=(
        text("event_id", "The source's own number of the event.", required=True),
        text("visitor_id", "Who it was: a cookie, a device or a number, as the source has it.", required=True),
        instant("occurred_at", "When it happened.", required=True),
        text("kind", "What happened: page, product, search, cart, entry, zone, question or another.", required=True),
        text(
            "customer_id",
            "The customer, where the event names one; null for an anonymous visitor.",
            ref="customer",
        ),
        text("channel", "Where: web, app, store or another word of the house."),
        text("url", "The page that was looked at."),
        text("referrer", "The page that the visitor came from."),
        text("landing_page", "The first page of the session, where the source says it."),
        text("ip", "The network address: cut to /24 or /48, unless [privacy] keeps it whole.", shortened=True),
        text("user_agent", "What the browser calls itself."),
        text("product_id", "The product that was looked at, put into the cart or asked for.", ref="product"),
        text("query", "The words that were searched for or asked."),
        integer("results", "How many results the search had; 0 for none, null where not known."),
        text("zone", "The part of the store."),
        text("store_id", "The store; null on the web.", ref="store"),
        number("duration_seconds", "How long it took, in seconds."),
        text("observed_type", "What staff or sensors saw of an unknown visitor, for example family or man 30-40."),
        texts("considered_product_ids", "Products that were looked at but not bought, separated by a space."),
        text("campaign_id", "The campaign that brought the visitor; null for none.", ref="campaign"),
        texts("consent", "Purposes that the visitor agreed to, separated by a space; null where not asked."),
    ),
    key=("event_id",),
    time="occurred_at",
)

CONTACT = Contract(
    name="contact",
    grain="one conversation: call, mail, chat, social, visit, fax",
    columns=(
        text("contact_id", "The source's own number of the conversation.", required=True),
        instant("started_at", "When it began.", required=True),
        text("channel", "How: call, mail, chat, social, visit, fax or another word of the house.", required=True),
        text("customer_id", "With whom; null where not known.", ref="customer"),
        text("case_id", "The service case that it belongs to; null for none.", ref="case"),
        text("direction", "`in` when they came to us, `out` when we came to them."),
        instant("ended_at", "When it ended."),
        text("agent_id", "Who spoke for us, as the source numbers staff."),
        text("reason", "What it was about."),
        text("product_id", "The product that it was about.", ref="product"),
        text("order_id", "The order that it was about.", ref="order_line"),
        number("wait_seconds", "How long they waited, in seconds."),
        number("talk_seconds", "How long was talked, in seconds."),
        number("hold_seconds", "How long they were on hold, in seconds."),
        number("after_seconds", "How long the work after the talk took, in seconds."),
        flag("abandoned", "Whether they gave up before somebody answered."),
        flag("resolved", "Whether the matter was settled in this conversation; null where not known."),
        flag("complaint", "Whether it was a complaint."),
        text("observed_type", "What staff saw of an unknown person, for example family or man 30-40."),
        texts("considered_product_ids", "Products that were considered, separated by a space."),
        texts("offered_product_ids", "Products that we offered, separated by a space."),
        text("text", "What was said or written, in words."),
        money("cost_amount", "What the conversation cost us."),
        money("revenue_amount", "What was sold in it, without tax."),
        integer("count", "How many contacts the row stands for, where they are pooled; null counts as one."),
    ),
    key=("contact_id",),
    time="started_at",
)

CASE = Contract(
    name="case",
    grain="a state of a service case",
    columns=(
        text("case_id", "The source's own number of the case.", required=True),
        instant("changed_at", "When the case came into this state.", required=True),
        text("state", "The state: open, waiting, resolved, closed or another word of the house.", required=True),
        text("customer_id", "Whose case it is; null where not known.", ref="customer"),
        instant("opened_at", "When the case was opened."),
        instant("resolved_at", "When the matter was settled; null while it is not."),
        instant("closed_at", "When the case was closed; null while it is open."),
        text("priority", "How urgent it is, as the source codes it."),
        text("category", "What it is about."),
        text("product_id", "The product that it is about.", ref="product"),
        text("team_id", "The team that works on it."),
        flag("reopened", "Whether it was opened again after it had been settled."),
        instant("sla_due_at", "Until when the service agreement asks for a solution."),
        flag("sla_met", "Whether the service agreement was kept; null while that is open."),
    ),
    key=("case_id", "changed_at"),
    time="changed_at",
)

SURVEY = Contract(
    name="survey",
    grain="one answer",
    columns=(
        text("answer_id", "The source's own number of the answer.", required=True),
        instant("answered_at", "When it was given.", required=True),
        text("instrument", "The question: nps, csat, ces or another word of the house.", required=True),
        number("score", "The answer on the instrument's scale.", required=True),
        text("customer_id", "Who answered; null for an anonymous answer.", ref="customer"),
        number("scale_min", "The lowest possible answer; null for the instrument's usual one."),
        number("scale_max", "The highest possible answer; null for the instrument's usual one."),
        text("subject", "What is judged: product, service or company."),
        text("contact_id", "The conversation that is judged.", ref="contact"),
        text("order_id", "The order that is judged.", ref="order_line"),
        text("product_id", "The product that is judged.", ref="product"),
        text("comment", "What was added in words."),
    ),
    key=("answer_id",),
    time="answered_at",
)
