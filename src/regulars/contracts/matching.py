"""What `unify` remembers from one run to the next: standard forms, likely pairs, the model, and what people decided."""

from __future__ import annotations

from regulars.contracts.declare import instant, integer, number, text
from regulars.contracts.model import Contract, Load

__all__ = ["MATCH_DECISION", "MATCH_MODEL", "MATCH_PAIR", "MATCH_RECORD"]

MATCH_RECORD = Contract(
    name="match_record",
    grain="a source's customer in the standard form in which records are compared",
    columns=(
        text("source", "The source whose id `customer_id` is.", required=True),
        text("customer_id", "The source's own number of the customer.", required=True),
        text("form", "The content of the row that was standardised, with the rules that did it.", required=True),
        text("given_name", "Given names: lower case, without accents and marks."),
        text("family_name", "The family name in the same form, without particles."),
        text("birth_date", "The day of birth as YYYY-MM-DD; null for a placeholder."),
        text("email", "The e-mail address; null for a placeholder or a shared role address."),
        text("phone", "The telephone number with + and country; null for a placeholder."),
        text("fax", "The fax number in the same form."),
        text("street", "The street in lower case, with its usual words written out."),
        text("house_number", "The house number in lower case."),
        text("postcode", "The postcode in capitals without spaces."),
        text("city", "The place in lower case, without accents and marks."),
        text("company", "The company without its legal form."),
    ),
    key=("source", "customer_id"),
    load=Load.UPSERT,
    captured=False,
)

_PAIR = (
    text("left_source", "The source of the pair's first record.", required=True),
    text("left_id", "The first record's number there.", required=True),
    text("right_source", "The source of the pair's second record.", required=True),
    text("right_id", "The second record's number there.", required=True),
)

MATCH_PAIR = Contract(
    name="match_pair",
    grain="two records that a model finds alike, from the review threshold on",
    columns=(*_PAIR, number("probability", "How probable it is that they are one customer, 0 to 1.", required=True)),
    key=("left_source", "left_id", "right_source", "right_id"),
    load=Load.UPSERT,
    captured=False,
)

MATCH_MODEL = Contract(
    name="match_model",
    grain="one model that was trained to tell which records are alike",
    columns=(
        text("model_version", "The trained model.", required=True),
        instant("fitted_at", "When it was trained.", required=True),
        integer("records", "How many records it was trained on."),
        text("settings", "The settings that it was trained under, as a fingerprint."),
        text("body", "Its weights as JSON.", required=True),
    ),
    key=("model_version",),
    time="fitted_at",
    captured=False,
)

MATCH_DECISION = Contract(
    name="match_decision",
    grain="what a person decided of two records",
    columns=(
        text("decision_id", "The decision; one `merge` or `split` may decide several pairs.", required=True),
        *_PAIR,
        text("kind", "`same`, `different`, or `open`: an earlier decision is taken back.", required=True),
        instant("at", "When it was decided.", required=True),
        text("who", "Who decided it."),
        text("why", "The reason that was given; null for none."),
    ),
    key=("decision_id", "left_source", "left_id", "right_source", "right_id"),
    time="at",
    captured=False,
)
