"""A stand-in for Visma Lön 300 and 600, into which a person imports files of absence."""

from sandbox.visma_lon.server import VismaLon

__all__ = ["VismaLon"]
