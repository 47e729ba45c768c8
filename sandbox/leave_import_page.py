"""The page on which a person imports files of absence: those on the server, or those that they were given elsewhere."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from aiohttp import web

Files = Sequence[tuple[str, bytes]]

_STYLE = (
    "body{font:16px/1.4 system-ui,sans-serif;margin:2rem;max-width:60rem}fieldset{margin:1rem 0}"
    "label{display:block}[role=alert],[role=status]{border:2px solid #b00;padding:.5rem}"
    "[role=status]{border-color:#080}"
)


class ImportPage:
    """Serves the page. `lying` names the files on the server, `read` gives one of them, `take` imports some together
    and gives what is wrong with them, `clear` takes one off the server."""

    def __init__(
        self,
        title: str,
        lying: Callable[[], list[str]],
        read: Callable[[str], bytes],
        take: Callable[[Files], list[str]],
        clear: Callable[[str], None],
    ) -> None:
        self._title, self._lying, self._read, self._take, self._clear = title, lying, read, take, clear
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self, host: str) -> None:
        """Listen on a free port."""
        app = web.Application(client_max_size=8 * 1024**2)
        app.router.add_get("/", self._show, allow_head=False)
        app.router.add_post("/server", self._from_server)
        app.router.add_post("/upload", self._uploaded)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, 0).start()
        self.url = f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner, self.url = None, ""

    async def _show(self, _request: web.Request) -> web.Response:
        return self._page()

    async def _from_server(self, request: web.Request) -> web.Response:
        """Import what was ticked, and take it off the server where it was taken in."""
        fields, there = await request.post(), set(self._lying())
        names = [str(name) for name in fields.getall("file", []) if str(name) in there]
        return self._imported([(name.rpartition("/")[2], self._read(name)) for name in names], names)

    async def _uploaded(self, request: web.Request) -> web.Response:
        fields = await request.post()
        parts = [part for part in fields.getall("file", []) if isinstance(part, web.FileField)]
        return self._imported([(part.filename, part.file.read()) for part in parts if part.filename], [])

    def _imported(self, files: Files, names: Sequence[str]) -> web.Response:
        if not files:
            return self._page(["no file was chosen"])
        problems = self._take(files)
        if not problems:
            for name in names:
                self._clear(name)
        return self._page(problems, done=", ".join(name for name, _ in files))

    def _page(self, problems: Sequence[str] = (), done: str = "") -> web.Response:
        told = ""
        if problems:
            told = f'<p role="alert">Nothing was imported: {html.escape("; ".join(problems))}</p>'
        elif done:
            told = f'<p role="status">Imported: {html.escape(done)}</p>'
        title = html.escape(self._title)
        ticks = "".join(
            f'<label><input type="checkbox" name="file" value="{html.escape(name, quote=True)}"> '
            f"{html.escape(name)}</label>"
            for name in self._lying()
        )
        body = (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Import - {title}</title>'
            f"<style>{_STYLE}</style><body><p>{title} (sandbox)</p><h1>Import</h1>{told}"
            f'<form method="post" action="/server"><fieldset><legend>On the SFTP server</legend>'
            f"{ticks or 'Nothing lies there.'}<p><button>Import the ticked files</button></p></fieldset></form>"
            f'<form method="post" action="/upload" enctype="multipart/form-data"><fieldset><legend>From Slack</legend>'
            f'<label>Files <input type="file" name="file" multiple></label>'
            f"<p><button>Import the chosen files</button></p></fieldset></form>"
        )
        return web.Response(text=body, content_type="text/html", status=422 if problems else 200)
