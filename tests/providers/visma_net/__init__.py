"""Tests of the Visma.net provider, against its stand-in."""
