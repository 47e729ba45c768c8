"""A stand-in for Hogia Lön Plus, into which a person imports files of absence and of schedules."""

from sandbox.hogia_lon.server import HogiaLon

__all__ = ["HogiaLon"]
