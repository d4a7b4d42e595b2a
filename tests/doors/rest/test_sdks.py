"""Unmodified clients of others deliver events over a bad line and through kill -9 of the server; in full in the proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof.events import node_client, prove


def test_both_clients_deliver_each_event_once_through_kills(tmp_path: Path) -> None:
    if reason := node_client(tmp_path / "node"):
        pytest.skip(f"only one of two clients: {reason}")
    found = prove(tmp_path, events=1_000, kills=2, rate=100.0)
    assert (found.clients, found.kills, found.sent) == (("python", "node"), 2, 1_000)
    assert found.exact, found
