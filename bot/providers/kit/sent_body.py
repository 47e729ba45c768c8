"""The body of a request as it is sent: JSON, a form, or XML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bot.providers.kit.exact_json import Json, json_value
from bot.providers.kit.xml_body import MEDIA_TYPE, XmlBody


@dataclass(frozen=True, slots=True)
class FormBody:
    """A body sent as `application/x-www-form-urlencoded`, as OAuth wants it. Its fields are in no repr."""

    fields: Mapping[str, str] = field(repr=False)


def named_values(body: Json) -> Json:
    """What a body says under which names; nothing for a form, whose values are credentials and known as such."""
    return body.fields if isinstance(body, XmlBody) else body


def content_of(body: Json) -> tuple[bytes | None, dict[str, str]]:
    """A body as sent, and the header that names its kind; a caller's own media type comes before it."""
    if body is None:
        return None, {}
    if isinstance(body, FormBody):
        return urlencode(body.fields).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if isinstance(body, XmlBody):
        return body.content(), {"Content-Type": MEDIA_TYPE}
    return json.dumps(body, default=json_value, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
