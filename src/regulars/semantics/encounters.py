"""What happened between visitors, customers and us: conversations, answers, visits, deals, and how it stands to the plan."""

from __future__ import annotations

from ibis import _

from regulars.semantics.metric import Measure, Metric, Uncertainty, Unit, distinct_of, sum_of

__all__ = ["OF_ENCOUNTERS"]

_RATIO = Measure.RATIO
_COUNT, _SHARE, _POINTS = Unit.COUNT, Unit.SHARE, Unit.POINTS
_CUSTOMER = frozenset({"customer"})

OF_ENCOUNTERS = (
    sum_of(
        "contacts",
        "Conversations: calls, mails, chats, visits; pooled rows count as many as they stand for.",
        fact="contacts",
        part=_.pooled.sum(),
        unit=_COUNT,
    ),
    sum_of(
        "complaints",
        "Conversations that were complaints.",
        fact="contacts",
        part=(_.complaint.notnull() & _.complaint).ifelse(_.pooled, 0).sum(),
        unit=_COUNT,
    ),
    Metric(
        "complaint_rate",
        "Complaints / conversations of which is known whether they were complaints.",
        "contacts",
        _RATIO,
        _SHARE,
        (_.complaint.notnull() & _.complaint).ifelse(_.pooled, 0).sum(),
        _.complaint.notnull().ifelse(_.pooled, 0).sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=_CUSTOMER,
        bounds=(0.0, 1.0),
    ),
    Metric(
        "first_contact_resolution",
        "Matters settled in the first conversation about them / matters of which is known whether they were. A matter is a"
        " service case, or a conversation that belongs to none; conversations that we began do not count.",
        "contacts",
        _RATIO,
        _SHARE,
        (_.opening & _.resolved.notnull() & _.resolved).ifelse(_.pooled, 0).sum(),
        (_.opening & _.resolved.notnull()).ifelse(_.pooled, 0).sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=_CUSTOMER,
        bounds=(0.0, 1.0),
    ),
    Metric(
        "handle_time",
        "Mean seconds of talk, hold and work afterwards of an answered conversation; a pooled row gives the mean of those"
        " that it stands for.",
        "contacts",
        _RATIO,
        Unit.SECONDS,
        (_.handled_seconds * _.pooled).sum(),
        _.handled_seconds.notnull().ifelse(_.pooled, 0).sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=_CUSTOMER,
        bounds=(0.0, None),
    ),
    Metric(
        "nps",
        "Share of answers 9-10 less share of answers 0-6 to the recommend question, in points.",
        "answers",
        _RATIO,
        _POINTS,
        ((_.instrument == "nps") & (_.score >= 9)).cast("int64").sum()
        - ((_.instrument == "nps") & (_.score <= 6)).cast("int64").sum(),
        (_.instrument == "nps").cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=_CUSTOMER,
        scale=100.0,
        bounds=(-100.0, 100.0),
    ),
    Metric(
        "csat",
        "Share of the top two answers on the scale (1 to 5 where the source names none) to the satisfaction question.",
        "answers",
        _RATIO,
        _SHARE,
        ((_.instrument == "csat") & (_.score >= _.top - 1)).cast("int64").sum(),
        (_.instrument == "csat").cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=_CUSTOMER,
        bounds=(0.0, 1.0),
    ),
    Metric(
        "ces",
        "Mean answer to the effort question, on its own scale.",
        "answers",
        _RATIO,
        _POINTS,
        (_.instrument == "ces").ifelse(_.score, 0.0).sum(),
        (_.instrument == "ces").cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=_CUSTOMER,
    ),
    distinct_of(
        "visitors", "Different visitors, as each source numbers them.", fact="visits", part=_.visitor_key.nunique()
    ),
    sum_of(
        "visits",
        "Visits: an event of a visitor after a pause of 30 minutes or more begins one; it is counted at that event.",
        fact="visits",
        part=_.starts.cast("int64").sum(),
        unit=_COUNT,
    ),
    Metric(
        "conversion_rate",
        "Visits that ended in an order / visits. A visit did when an event of it is an order or purchase, or when its visitor"
        " is a known customer who bought on the day on which it began.",
        "visits",
        _RATIO,
        _SHARE,
        _.converted.cast("int64").sum(),
        _.starts.cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=frozenset({"customer", "conversion"}),
        bounds=(0.0, 1.0),
    ),
    Metric(
        "win_rate",
        "Deals won / deals won or lost, by the day they closed.",
        "opportunities",
        _RATIO,
        _SHARE,
        (_.won & _.won.notnull()).cast("int64").sum(),
        _.won.notnull().cast("int64").sum(),
        uncertainty=Uncertainty.SAMPLING,
        needs=_CUSTOMER,
        bounds=(0.0, 1.0),
    ),
    sum_of(
        "pipeline_amount",
        "Expected amount of the deals that are open, by the day they were opened.",
        fact="opportunities",
        part=(_.won.isnull() & _.closed_on.isnull()).ifelse(_.amount, 0).sum(),
    ),
    Metric(
        "sales_velocity",
        "Amount won a day: deals won x their mean amount / mean days from opening to closing, by the day they closed; deals"
        " of unknown amount or length are left out.",
        "opportunities",
        _RATIO,
        Unit.MONEY,
        _.amount.sum(where=_.won & _.cycle_days.notnull()).cast("float64")
        * _.amount.count(where=_.won & _.cycle_days.notnull()),
        _.cycle_days.sum(where=_.won & _.amount.notnull()),
        n=_.amount.count(where=_.won & _.cycle_days.notnull()),
    ),
    Metric(
        "target",
        "Plan figures of the metric that stands first in the question, each whole on the first day of its period. Figures for"
        " the whole count where nothing but time splits, those for the members of one dimension where it splits by it. Of"
        " several scenarios the one without a name counts, else the first by name.",
        "targets",
        Measure.ADDITIVE,
        _POINTS,
        _.value.sum(),
    ),
    Metric(
        "target_variance",
        "The metric that stands first in the question less its plan figures; empty where nothing was planned.",
        "targets",
        Measure.ADDITIVE,
        _POINTS,
        _.value.sum(),
        versus=True,
    ),
)
