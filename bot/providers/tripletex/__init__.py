"""Tripletex API v2 as a target: employees, employments and salary rows."""
