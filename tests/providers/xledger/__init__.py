"""Xledger, against its stand-in."""
