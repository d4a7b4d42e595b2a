"""Regulars: an analytical CRM on your own machines. `regulars.open(folder)` gives a project's verbs in Python."""

from __future__ import annotations

from regulars.doors.answer import Answer
from regulars.doors.api import Crm
from regulars.doors.api import open_project as open
from regulars.kernel.errors import RegularsError

__all__ = ["Answer", "Crm", "RegularsError", "open"]
