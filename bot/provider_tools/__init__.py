"""The catalogue of providers for the people who write them: its page, and the scaffold of a new one."""
