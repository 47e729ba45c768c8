"""Agda PS as an inbox: Person XML over SFTP, taken in by its import job."""
