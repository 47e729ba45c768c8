"""A stand-in for Hogia Lön Plus, into which a person imports files of absence and of schedules."""

from sandbox.companies import polarbonan
from sandbox.hogia_lon.server import HogiaLon


def demo() -> HogiaLon:
    """A company that has everybody of Simployer's."""
    system = HogiaLon()
    system.books.known = [person["number"] for person in polarbonan.company().people if person["number"]]
    return system


__all__ = ["HogiaLon", "demo"]
