"""Simployer HRM on the Simployer One platform (formerly AlexisHR): the source."""
