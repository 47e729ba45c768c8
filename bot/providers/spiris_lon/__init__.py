"""Spiris Lön: what it is, what it takes, and how it is spoken to."""
