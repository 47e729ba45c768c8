"""A person's page in a stand-in's own screen: name and number, for links to lead to."""

from __future__ import annotations

import html
from collections.abc import Callable

from aiohttp import web

PATH = "/people/{id}"

Named = Callable[[str], tuple[str, str] | None]
"""A person's name and number by the system's id; None for nobody."""


def add_pages(app: web.Application, title: str, named: Named) -> None:
    """Serve a page per person beside the system's own routes."""

    async def page(request: web.Request) -> web.Response:
        found = named(request.match_info["id"])
        if found is None:
            return web.Response(status=404, text="There is nobody with this id.")
        name, number = (html.escape(part) for part in found)
        body = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{name} - {title}</title>'
            f"<body><p>{title} (sandbox)</p><h1>{name}</h1><p>Employee number: {number or 'none'}</p></body></html>"
        )
        return web.Response(text=body, content_type="text/html")

    app.router.add_get(PATH, page, allow_head=False)
