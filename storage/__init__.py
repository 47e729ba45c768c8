"""What the bot remembers: workspaces, integrations, drafts, schedules, runs with their plans and outcomes, the audit.

Each module holds one concept: its frozen dataclasses and the functions that ask for them. Every function takes an open
session first; `async with database.session() as s:` is one transaction. Secrets and personal data are sealed by the
`Vault` before they reach a column. Slack and the providers are unknown here: their ids are opaque strings.
"""
