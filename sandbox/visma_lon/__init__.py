"""A stand-in for Visma Lön 300 and 600, into which a person imports files of absence."""

from sandbox.companies import polarbonan
from sandbox.visma_lon.server import VismaLon


def demo() -> VismaLon:
    """A company that has everybody of Simployer's."""
    system = VismaLon()
    system.books.known = [person["number"] for person in polarbonan.company().people if person["number"]]
    return system


__all__ = ["VismaLon", "demo"]
