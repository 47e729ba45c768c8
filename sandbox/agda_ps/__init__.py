"""A stand-in for Agda PS: a real SFTP server with an import job behind it, and a made-up customer."""

from sandbox.agda_ps.seed import DEMO_KEY, GOOD, NEW_CUSTOMER, REVOKED, demo
from sandbox.agda_ps.server import AgdaPs
from sandbox.sftp import Login

__all__ = ["DEMO_KEY", "GOOD", "NEW_CUSTOMER", "REVOKED", "AgdaPs", "Login", "demo"]
