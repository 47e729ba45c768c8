"""Whose account it is, as a customer would name it."""

from __future__ import annotations

from bot.providers.errors import NotPermitted
from bot.providers.protocol import Account
from bot.providers.tripletex.client import TripletexClient


async def identify(client: TripletexClient) -> Account:
    """Sign in, and read the company that the token belongs to."""
    who = await client.who()
    company, owner = None, None
    try:
        company = await client.get(f"/company/{who.company_id}", [("fields", "id,name,organizationNumber")])
        owner = await client.get(f"/employee/{who.employee_id}", [("fields", "id,firstName,lastName")])
    except NotPermitted:
        pass  # a token without this right still names its company by id
    name = str((company or {}).get("name") or "").strip()
    user = f"{(owner or {}).get('firstName') or ''} {(owner or {}).get('lastName') or ''}".strip()
    return Account(
        id=str(who.company_id),
        name=name or f"Tripletex {who.company_id}",
        organisation_number=str((company or {}).get("organizationNumber") or "").strip() or None,
        environment=client.environment,
        user=user or None,
    )
