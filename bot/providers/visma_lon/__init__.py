"""Visma Lön 300 and 600: what of absence they take, and in which files."""
