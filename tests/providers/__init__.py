"""Tests of the providers, against the stand-ins of the sandbox."""
