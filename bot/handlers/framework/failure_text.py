"""What a person reads of an exception that no handler foresaw."""

from __future__ import annotations

import sys

from storage.trouble import is_trouble


def failure_key() -> str:
    """The text of the exception that is being handled; what to do next is `<key>.advice`."""
    error = sys.exc_info()[1]
    return "flow.database_away" if error is not None and is_trouble(error) else "flow.unexpected"
