"""The same office as for the conversations; here people stay until the report is in the channel."""

from tests.handlers.conftest import office

__all__ = ["office"]
