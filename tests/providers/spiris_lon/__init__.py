"""Spiris Lön, against its stand-in."""
