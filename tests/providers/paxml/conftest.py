"""The office of the conversations, to connect this system in."""

from tests.handlers.conftest import office

__all__ = ["office"]
