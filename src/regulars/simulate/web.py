"""Who comes to the web shop, and what do they look at? Visitors of whom some log in, many never do, and some are machines.

A visitor is a browser, not a person: an account holder has up to three, and is seen to be the holder only where the
holder logs in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from regulars.simulate.dice import Dice
from regulars.simulate.records import END, Record

__all__ = ["Web", "web"]

_START = datetime(2017, 1, 1)
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/60.0.3112.113 Safari/537.36",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 10_3 like Mac OS X) AppleWebKit/603.1.30 (KHTML, like Gecko) Version/10.0 "
        "Mobile/14E277 Safari/602.1"
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_12_6) AppleWebKit/603.3.8 (KHTML, like Gecko) Version/10.1.2 Safari/603.3.8",
    (
        "Mozilla/5.0 (Linux; Android 7.0; SM-G930V) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/59.0.3071.125 Mobile "
        "Safari/537.36"
    ),
    "Mozilla/5.0 (Windows NT 6.1; rv:54.0) Gecko/20100101 Firefox/54.0",
)
_MACHINES = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "python-requests/2.18.4",
    _BROWSERS[0],  # one that says it is a browser; only its pace gives it away
)
_FROM = ("", "https://search.example/", "https://social.example/", "https://mail.example/")
_ASKED = (
    "milk",
    "gluten free bread",
    "coffee",
    "organic eggs",
    "diapers",
    "vegan cheese",
    "cat food",
    "oat milk",
    "salsa",
)
_UNMET = ("gluten free bread", "vegan cheese", "oat milk")
_PATH = (("page", "/"), ("product", "/p/"), ("product", "/p/"), ("search", "/search"), ("cart", "/cart"))


@dataclass(frozen=True, slots=True)
class _Browser:
    visitor: str
    agent: str
    address: str


@dataclass(slots=True)
class Web:
    """Events, and the log-ins that tell whose visitor it was, each row in the web shop's own words."""

    events: list[dict[str, object]] = field(default_factory=list)
    logins: list[dict[str, object]] = field(default_factory=list)
    machines: list[str] = field(default_factory=list)  # the truth: which visitors are machines


def web(accounts: Sequence[Record], products: Sequence[str], *, seed: int, strangers: int) -> Web:
    """A year of visits.

    Args:
        accounts: the web shop's account holders.
        products: articles to look at, the most wanted first.
        seed: the same seed gives the same year.
        strangers: how many visitors never have an account.
    """
    shop = _Shop(Dice(seed), products)
    for record in accounts:
        for place in range(1 + shop.dice.count(0.4)):
            shop.visitor(record, logs_in=place == 0 or shop.dice.happens(0.4))
    for _ in range(strangers):
        shop.visitor(None, logs_in=False)
    for agent in _MACHINES:
        shop.machine(agent)
    shop.found.events.sort(key=lambda row: (str(row["time"]), str(row["event"])))
    return shop.found


class _Shop:
    def __init__(self, dice: Dice, products: Sequence[str]) -> None:
        self.dice, self.products, self.found, self._visitors = dice, products, Web(), 0

    def visitor(self, record: Record | None, *, logs_in: bool) -> None:
        dice, browser = self.dice, self._browser(self.dice.often(_BROWSERS, flat=2.0))
        begin = max(_START, record.created) if record else _START
        times = sorted(dice.moment(begin, END) for _ in range(1 + dice.count(2.0 if record else 0.4)))
        for at in times:
            self._session(browser, at, steps=1 + dice.count(4.0))
        if record and logs_in:
            at = times[0] + timedelta(seconds=dice.number(5, 60))
            self.found.logins.append({"visitor": browser.visitor, "account": record.number, "time": at})

    def machine(self, agent: str) -> None:
        browser, at = self._browser(agent), self.dice.moment(_START, datetime(2017, 12, 1))
        self.found.machines.append(browser.visitor)
        for place in range(300):
            at += timedelta(seconds=1 + self.dice.number(0, 2), hours=6 * (place % 100 == 99))
            self._event(browser, at, kind="product", path="/p/")

    def _browser(self, agent: str) -> _Browser:
        self._visitors += 1
        net = self.dice.pick(("192.0.2", "198.51.100", "203.0.113"))
        return _Browser(f"v{700_000 + self._visitors}", agent, f"{net}.{self.dice.number(1, 255)}")

    def _session(self, browser: _Browser, at: datetime, *, steps: int) -> None:
        came = self.dice.often(_FROM, flat=1.0)
        for step in range(steps):
            if at >= END:
                return
            kind, path = _PATH[0] if step == 0 else self.dice.pick(_PATH)
            self._event(browser, at, kind=kind, path=path, came=came if step == 0 else "")
            at += timedelta(seconds=3 + round(self.dice.size(35.0, 0.9)))

    def _event(self, browser: _Browser, at: datetime, *, kind: str, path: str, came: str = "") -> None:
        product = self.dice.often(self.products, flat=20.0) if kind in ("product", "cart") else ""
        asked = self.dice.pick(_ASKED) if kind == "search" else ""
        results = "" if not asked else 0 if asked in _UNMET else self.dice.number(1, 40)
        self.found.events.append({
            "event": f"{browser.visitor}-{len(self.found.events)}", "visitor": browser.visitor, "time": at, "type": kind,
            "url": f"https://shop.example{path}{product if kind == 'product' else ''}", "referrer": came,
            "ip": browser.address, "agent": browser.agent, "article": product, "query": asked, "hits": results,
        })  # fmt: skip
