"""The demo's customer of Agda PS, and two accounts that do not work yet, or no more."""

from __future__ import annotations

import asyncssh

from sandbox.agda_ps.server import AgdaPs
from sandbox.sftp import Login

DEMO_KEY = asyncssh.generate_private_key("ssh-ed25519")
"""Signs in as the good user too; made anew with every start."""

GOOD = Login("polarbonan", "agda-demo-7d40c2", DEMO_KEY.export_public_key().decode())
REVOKED = Login("polarbonan-old", "agda-demo-revoked-51be90", works=False, note="is refused")
NEW_CUSTOMER = Login("new-customer", "agda-demo-new-2f8e13", has_job=False, note="has no import job yet")


def demo(*, eager: bool = True) -> AgdaPs:
    """Agda PS with nobody in it: what it holds is what is delivered."""
    return AgdaPs((GOOD, REVOKED, NEW_CUSTOMER), eager=eager)
