"""Hogia Lön Plus: what of absence it takes, and in which files."""
