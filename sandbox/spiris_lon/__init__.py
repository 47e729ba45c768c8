"""A stand-in for Spiris Lön's API v2, its tokens and its page of consent, with made-up companies in it."""

from sandbox.spiris_lon.seed import COMPANY, NO_MODULE, OTHER_COMPANY, demo, fill
from sandbox.spiris_lon.server import CLIENT_ID, CLIENT_SECRET, SpirisLon

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "COMPANY", "NO_MODULE", "OTHER_COMPANY", "SpirisLon", "demo", "fill"]
