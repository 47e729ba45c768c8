"""Fortnox Lön, over API v3."""
