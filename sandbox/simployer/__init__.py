"""A stand-in for Simployer One (formerly AlexisHR): its REST API over made-up people."""

from sandbox.simployer.server import GOOD_TOKEN, PROVISIONING_TOKEN, REVOKED_TOKEN, Simployer

__all__ = ["GOOD_TOKEN", "PROVISIONING_TOKEN", "REVOKED_TOKEN", "Simployer"]
