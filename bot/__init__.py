"""The bot."""

VERSION = "1.0.0"
"""As in pyproject.toml; an image has the modules alone."""
