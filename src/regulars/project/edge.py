"""Where chance comes in: secrets that are made once and kept in files that only their owner may read."""

from __future__ import annotations

import secrets

__all__ = ["fresh_secret"]


def fresh_secret() -> str:
    """256 random bits, as 64 hexadecimal digits."""
    return secrets.token_hex(32)
