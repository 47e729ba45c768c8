"""The commands of `providers`: for those who write one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.catalogue.page import providers_page

providers_cli = typer.Typer(no_args_is_help=True, help="Describe the providers there are, and begin a new one.")

PAGE = Path("docs") / "providers.md"


@providers_cli.command("docs")
def docs(
    page: Annotated[Path, typer.Option(help="Where to write it.")] = PAGE,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if the page is out of date.")] = False,
) -> None:
    """Write the page about all providers from what they declare."""
    wanted = providers_page()
    if page.is_file() and page.read_text(encoding="utf-8") == wanted:
        typer.echo(f"{page} is up to date.")
        return
    if check:
        typer.echo(f"{page} is out of date: run `integration-bot providers docs`.", err=True)
        raise typer.Exit(1)
    page.write_text(wanted, encoding="utf-8")
    typer.echo(f"{page} is written.")
