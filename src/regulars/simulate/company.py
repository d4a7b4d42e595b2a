"""A small company with known truth: customers who buy at their own rate until they leave, for tests and benchmarks.

Purchases follow the BG/NBD story exactly: while alive a customer orders at a rate of the customer's own (gamma over
customers), and leaves after each repeat order with a probability of the customer's own (beta over customers). Nothing
is read from anywhere; the same seed gives the same company.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Story", "company"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY = 86_400_000_000  # microseconds
_CITIES = ("Amsterdam", "Berlin", "Bremen", "Delft", "Essen", "Utrecht")
_GIVEN = ("Ada", "Ben", "Carla", "David", "Eva", "Femke", "Georg", "Hanna", "Ivo", "Jana")
_FAMILY = ("Bakker", "Fischer", "Jansen", "Koch", "Meyer", "Mulder", "Schmidt", "Visser", "Weber", "Wolf")
_CATEGORIES = ("bread", "dairy", "drinks", "fruit", "meat", "snacks")


@dataclass(frozen=True, slots=True)
class Story:
    """The truth behind a company.

    Attributes:
        r, alpha: shape, and rate in weeks, of the gamma law of order rates.
        a, b: the beta law of the probability to leave after a repeat order.
        lines: mean further lines of an order after the first.
        spread: standard deviation of the logarithm of a customer's usual price level.
        cost_share: mean cost of a line as a share of its net amount.
        products: how many articles there are.
    """

    r: float = 0.55
    alpha: float = 4.4
    a: float = 0.8
    b: float = 4.0
    lines: float = 1.5
    spread: float = 0.5
    cost_share: float = 0.7
    products: int = 200


def company(
    customers: int, seed: int, *, start: date, days: int = 730, story: Story | None = None
) -> dict[str, pa.Table]:
    """Customers, products and order lines of `days` days, and the truth about each customer.

    Args:
        customers: how many; each has a first order within the first three quarters of the days.
        seed: the same seed gives the same rows.
        start: the first day.
        story: the truth; default `Story()`.

    Returns:
        "customer", "product", "order_line" with columns of their contracts, and "truth": customer_id, rate (orders a
        day while alive), leave (probability), alive (at the end), price_level.

    >>> from datetime import date
    >>> small = company(50, 1, start=date(2024, 1, 1), days=90)
    >>> sorted(small), small["customer"].num_rows
    (['customer', 'order_line', 'product', 'truth'], 50)
    """
    story = story or Story()
    chance = np.random.default_rng(seed)
    truth = _people(customers, chance, story=story)
    first = chance.uniform(0, 0.75 * days, customers)
    owner, at, alive = _orders(truth, first, days=days, chance=chance)
    prices = np.round(chance.lognormal(1.2, 0.6, story.products), 2)
    return {
        "customer": _customers(customers, first, start=start, chance=chance),
        "product": _products(prices),
        "order_line": _lines(
            owner, _instant(start, at), level=truth["price_level"], prices=prices, chance=chance, story=story
        ),
        "truth": pa.table({"customer_id": _ids("c", np.arange(customers)), **truth, "alive": alive}),
    }


def _people(customers: int, chance: np.random.Generator, *, story: Story) -> dict[str, Floats]:
    return {
        "rate": chance.gamma(story.r, 1 / story.alpha, customers) / 7,
        "leave": chance.beta(story.a, story.b, customers),
        "price_level": chance.lognormal(-(story.spread**2) / 2, story.spread, customers),
    }


def _orders(
    truth: dict[str, Floats], first: Floats, *, days: int, chance: np.random.Generator
) -> tuple[Ints, Floats, NDArray[np.bool_]]:
    """Owner and time in days of each order, and who is still there: the first orders and the repeats until leaving."""
    possible = chance.poisson(truth["rate"] * (days - first))
    until = chance.geometric(np.clip(truth["leave"], 1e-12, 1.0))
    owner = np.repeat(np.arange(len(first)), possible)
    at = first[owner] + chance.random(len(owner)) * (days - first[owner])
    order = np.lexsort((at, owner))
    owner, at = owner[order], at[order]
    begin = np.concatenate([[0], np.cumsum(possible)[:-1]])
    place = np.arange(len(owner)) - begin[owner]
    stays = place < until[owner]
    owners = np.concatenate([np.arange(len(first)), owner[stays]])
    return owners, np.concatenate([first, at[stays]]), until > possible


def _lines(
    owner: Ints, at: Ints, *, level: Floats, prices: Floats, chance: np.random.Generator, story: Story
) -> pa.Table:
    order = np.argsort(at, kind="stable")
    owner, at = owner[order], at[order]
    sizes = 1 + chance.poisson(story.lines, len(owner))
    of = np.repeat(np.arange(len(owner)), sizes)
    line = np.arange(len(of)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1
    product = np.minimum((len(prices) * chance.beta(0.7, 2.0, len(of))).astype(np.int64), len(prices) - 1)
    quantity = 1 + chance.poisson(0.4, len(of))
    net = np.round(prices[product] * level[owner[of]] * quantity, 2)
    cost = np.round(net * np.clip(chance.normal(story.cost_share, 0.05, len(of)), 0.2, 1.1), 4)
    return pa.table(
        {
            "order_id": _ids("o", of),
            "line_id": pa.array(line).cast(pa.string()),
            "ordered_at": pa.array(at[of], pa.timestamp("us")),
            "customer_id": _ids("c", owner[of]),
            "product_id": _ids("p", product),
            "quantity": pa.array(quantity.astype(np.float64)).cast(pa.decimal128(18, 3)),
            "net_amount": _money(net),
            "cost_amount": _money(cost),
        }
    )


def _customers(customers: int, first: Floats, *, start: date, chance: np.random.Generator) -> pa.Table:
    given, family = chance.integers(0, len(_GIVEN), customers), chance.integers(0, len(_FAMILY), customers)
    number = np.arange(customers)
    emails = [
        f"{_GIVEN[g]}.{_FAMILY[f]}.{n}@example.com".lower() for g, f, n in zip(given, family, number, strict=True)
    ]
    return pa.table(
        {
            "customer_id": _ids("c", number),
            "given_name": pa.array([_GIVEN[each] for each in given]),
            "family_name": pa.array([_FAMILY[each] for each in family]),
            "email": pa.array(emails),
            "city": pa.array([_CITIES[each] for each in chance.integers(0, len(_CITIES), customers)]),
            "created_at": pa.array(_instant(start, first), pa.timestamp("us")),
        }
    )


def _products(prices: Floats) -> pa.Table:
    number = np.arange(len(prices))
    return pa.table(
        {
            "product_id": _ids("p", number),
            "name": pa.array([f"{_CATEGORIES[each % len(_CATEGORIES)]} {each}" for each in number]),
            "category": pa.array([_CATEGORIES[each % len(_CATEGORIES)] for each in number]),
            "list_price": _money(prices),
        }
    )


def _ids(letter: str, numbers: Ints) -> pa.Array:
    texts = pa.array(numbers).dictionary_encode()
    names = pa.array([f"{letter}{each:06d}" for each in texts.dictionary.to_pylist()])
    return pa.DictionaryArray.from_arrays(texts.indices, names).cast(pa.string())


def _instant(start: date, days: Floats) -> Ints:
    seconds = np.floor(days * 86_400).astype(np.int64)
    origin = int(np.datetime64(start, "us").astype(np.int64))
    return origin + seconds * (_DAY // 86_400)


def _money(amounts: Floats) -> pa.Array:
    return pa.array(np.round(amounts, 4)).cast(pa.decimal128(18, 4))
