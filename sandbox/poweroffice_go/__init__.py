"""A stand-in for PowerOffice Go's API v2, with made-up clients in it."""

from sandbox.poweroffice_go.seed import CLIENT_KEY, MISSING_RIGHTS_KEY, OTHER_CLIENT_KEY, UNKNOWN_KEY, demo, fill
from sandbox.poweroffice_go.server import APPLICATION_KEY, SUBSCRIPTION_KEY, PowerofficeGo

__all__ = [
    "APPLICATION_KEY",
    "CLIENT_KEY",
    "MISSING_RIGHTS_KEY",
    "OTHER_CLIENT_KEY",
    "SUBSCRIPTION_KEY",
    "UNKNOWN_KEY",
    "PowerofficeGo",
    "demo",
    "fill",
]
