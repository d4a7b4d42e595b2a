"""Who can stand in a relation with us: customers, prospects, partners, and the links and permissions that they gave."""

from __future__ import annotations

from regulars.contracts.declare import day, flag, instant, money, text
from regulars.contracts.model import Contract, Load

__all__ = ["CONSENT", "CUSTOMER", "CUSTOMER_ATTRIBUTES", "IDENTITY_LINK", "PARTNER", "PROSPECT"]

CUSTOMER_ATTRIBUTES = (
    text("kind", "`person` or `company`; null where the source does not say."),
    text("name", "The full name as written, where the source does not split it."),
    text("given_name", "The given name or names."),
    text("family_name", "The family name."),
    text("company", "The company's name, or the company that the person acts for."),
    text("business_unit", "The unit inside the company."),
    text("department", "The department inside the company."),
    text("email", "One e-mail address."),
    text("phone", "One telephone number, as the source writes it."),
    text("fax", "One fax number."),
    text("gender", "The gender as the source codes it; null where not known."),
    day("birth_date", "The day of birth; null where not known."),
    text("nationality", "The nationality as a country code or name."),
    text("street", "The street without the house number."),
    text("house_number", "The house number with its addition."),
    text("postcode", "The postcode, leading zeros kept."),
    text("city", "The place."),
    text("region", "The state, province or other part of the country."),
    text("country", "The country as a code or name."),
    text("language", "The language to write in."),
    text("account_id", "The account (the buying organisation) that this contact belongs to, as the source numbers it."),
    text("household_id", "The household that this person belongs to, as the source numbers it."),
    text("partner_id", "The partner who looks after this customer.", ref="partner"),
    text("acquired_from", "The list or channel through which the customer came."),
    instant("created_at", "When the source made the record."),
    instant("updated_at", "When the source last changed the record."),
    instant("deleted_at", "When the source deleted the record; null while it is there."),
)

CUSTOMER = Contract(
    name="customer",
    grain="a person or company as one source knows it",
    columns=(text("customer_id", "The source's own number of the customer.", required=True), *CUSTOMER_ATTRIBUTES),
    key=("customer_id",),
    load=Load.UPSERT,
)

PARTNER = Contract(
    name="partner",
    grain="a vendor, distributor or agent",
    columns=(
        text("partner_id", "The source's own number of the partner.", required=True),
        text("name", "The partner's name."),
        text("kind", "What the partner is: vendor, distributor, agent or another word of the house."),
    ),
    key=("partner_id",),
    load=Load.UPSERT,
)

PROSPECT = Contract(
    name="prospect",
    grain="a person or company on a bought list, or a lead",
    columns=(
        text("prospect_id", "The source's own number of the prospect.", required=True),
        text("list_id", "The list that the address stands on, or the form or fair that gave the lead.", required=True),
        day("acquired_on", "The day we got the address.", required=True),
        *CUSTOMER_ATTRIBUTES,
        money("cost_amount", "What this one address cost, in the project's currency; null where not known."),
        text("origin", "Who sold the list or where the lead came from."),
        text("converted_customer_id", "The customer that the prospect became; null while none.", ref="customer"),
        instant("converted_at", "When the prospect became a customer; null while not."),
    ),
    key=("prospect_id",),
    time="acquired_on",
    load=Load.UPSERT,
)

CONSENT = Contract(
    name="consent",
    grain="one grant, withdrawal or objection",
    columns=(
        text("consent_id", "The source's own number of the statement.", required=True),
        text("customer_id", "Who made it.", required=True, ref="customer"),
        text("purpose", "What it is about: email, phone, profiling or another purpose of the house.", required=True),
        flag("granted", "True for a grant, false for a withdrawal or an objection.", required=True),
        instant("at", "When it was made.", required=True),
        text("channel", "Where it was made; null where not known."),
        text("basis", "The legal ground: consent, contract, legitimate interest or another."),
        text("text_version", "Which wording the person saw."),
        text("proof", "Where the proof lies."),
        instant("expires_at", "When it ends by itself; null where it does not."),
    ),
    key=("consent_id",),
    time="at",
)

IDENTITY_LINK = Contract(
    name="identity_link",
    grain="a visitor seen to be a customer",
    columns=(
        text("visitor_id", "The visitor: a cookie, a device or a badge, as the source numbers it.", required=True),
        text("customer_id", "The customer that the visitor turned out to be.", required=True, ref="customer"),
        instant("at", "When it was seen: a login, an order, a click in a mail.", required=True),
    ),
    key=("visitor_id", "customer_id"),
    time="at",
)
