"""The one type all JSON documents of the sandbox share."""

from typing import Any

Json = dict[str, Any]
