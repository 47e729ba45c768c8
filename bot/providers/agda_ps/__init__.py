"""Agda PS as a file target: Person XML over SFTP, taken in by its import job."""
