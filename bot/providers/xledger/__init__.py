"""Xledger over its GraphQL API."""
