"""The office of the conversations, for those who connect a system of their own in it."""

from tests.handlers.conftest import office

__all__ = ["office"]
