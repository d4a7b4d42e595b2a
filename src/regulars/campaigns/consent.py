"""May a customer be addressed? What each has agreed to, taken back or objected to, as it stood at an instant."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import ibis
import ibis.expr.types as ir

__all__ = ["MARKETING", "consent_state", "permitted", "purposes_of"]

# An objection to direct marketing is absolute: it covers every channel, whatever was granted for one of them.
MARKETING = ("marketing", "direct marketing", "direct_marketing", "all")
_OBJECTION = ("objection", "legitimate interest", "legitimate_interest")
_CHANNELS = {"sms": "phone", "call": "phone", "phone": "phone", "email": "email", "letter": "letter", "mail": "letter"}


def purposes_of(channel: str | None, purpose: str | None) -> tuple[str, ...]:
    """The purposes under which a campaign may address people: its own, or its channel's, or marketing as such.

    >>> purposes_of("sms", None)
    ('phone', 'sms', 'marketing', 'direct marketing', 'direct_marketing', 'all')
    >>> purposes_of("email", "newsletter")[0]
    'newsletter'
    """
    own = [purpose] if purpose else [_CHANNELS.get(str(channel), str(channel)), str(channel)] if channel else []
    return tuple(dict.fromkeys((*own, *MARKETING)))


def consent_state(consent: ir.Table, source_customer: ir.Table, *, at: datetime) -> ir.Table:
    """What each customer has said about each purpose, as of an instant.

    Args:
        consent: grants, withdrawals and objections.
        source_customer: source, customer_id, customer_key, until.
        at: UTC instant; later statements are not there yet.

    Returns:
        customer_key, purpose (lower case), state: granted, withdrawn, objected or expired. The last statement counts; of
        two at one instant the one that refuses. Who said nothing has no row.
    """
    now = ibis.literal(at, type="timestamp")
    current = source_customer.filter(source_customer.until.isnull())
    links = current.select(of=current.source, number=current.customer_id, customer_key=current.customer_key)
    said = consent.filter(consent["at"] <= now)
    joined = said.inner_join(links, [said.customer_source == links.of, said.customer_id == links.number])
    purpose = joined.purpose.lower()
    order = [joined["at"].desc(), joined.granted.cast("int64"), joined.consent_id.desc()]
    last = joined.mutate(
        purpose=purpose, place=ibis.row_number().over(group_by=[joined.customer_key, purpose], order_by=order)
    ).filter(ibis._.place == 0)
    objected = last.basis.lower().isin(_OBJECTION).fill_null(False)
    state = ibis.cases(
        (last.granted & (last.expires_at <= now).fill_null(False), "expired"),
        (last.granted, "granted"),
        (objected, "objected"),
        else_="withdrawn",
    )
    return last.select(last.customer_key, last.purpose, state=state)


def permitted(people: ir.Table, states: ir.Table, *, purposes: Collection[str]) -> ir.Table:
    """Who of these people may be addressed, and why the others may not.

    Args:
        people: customer_key, unique.
        states: as by `consent_state`.
        purposes: as by `purposes_of`.

    Returns:
        customer_key, consent: granted, or the reason why not (objected, withdrawn, expired, none). A refusal of any of
        the purposes outweighs a grant of another.
    """
    about = states.filter(states.purpose.isin(sorted(purposes)))
    names = ("objected", "withdrawn", "granted", "expired")
    counted = about.group_by("customer_key").aggregate(**{each: (about.state == each).sum() for each in names})
    joined = people.select("customer_key").left_join(counted, "customer_key").drop("customer_key_right")
    consent = ibis.cases(*[((joined[each] > 0).fill_null(False), each) for each in names], else_="none")
    return joined.select("customer_key", consent=consent)
