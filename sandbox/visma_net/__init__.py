"""A stand-in for the Visma.net Employee API v2 and Visma Connect, with made-up tenants in it."""

from sandbox.visma_net.seed import (
    CUSTOMER_TENANT,
    OTHER_TENANT,
    READ_ONLY_TENANT,
    TENANT,
    UNAPPROVED_TENANT,
    demo,
    fill,
)
from sandbox.visma_net.server import CLIENT_ID, CLIENT_SECRET, VismaNet

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "CUSTOMER_TENANT",
    "OTHER_TENANT",
    "READ_ONLY_TENANT",
    "TENANT",
    "UNAPPROVED_TENANT",
    "VismaNet",
    "demo",
    "fill",
]
