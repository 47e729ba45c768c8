"""Tidsbanken, against its stand-in."""
