"""The commands of `providers`: for those who write one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.provider_tools.code_rules import RULES, breaches_in
from bot.provider_tools.docs_page import providers_page
from bot.provider_tools.scaffold import NotBegun, begin

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
    try:
        page.write_text(wanted, encoding="utf-8")
    except OSError as error:
        # Outside a checkout there is no such folder.
        typer.echo(f"{page} cannot be written: {error.strerror}. Choose a place with --page.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{page} is written.")


@providers_cli.command("check")
def check_code(
    name: Annotated[str, typer.Argument(help="Its key.")],
    root: Annotated[Path, typer.Option(help="The checkout.", file_okay=False)] = Path(),
) -> None:
    """Read a provider's code by the rules that hold for all: nothing private in a repr, no call past the kit, ..."""
    folder = root / "bot" / "providers" / name
    if not (folder / "__init__.py").is_file():
        typer.echo(f"{folder} is no provider.", err=True)
        raise typer.Exit(2)
    breaches = breaches_in(folder)
    for breach in breaches:
        typer.echo(str(breach))
    if breaches:
        raise typer.Exit(1)
    typer.echo(f"{name} keeps all {len(RULES) + 2} rules.")


@providers_cli.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Its key and the name of its folder: small letters and underscores.")],
    title: Annotated[str | None, typer.Option(help="What people call the system.")] = None,
    root: Annotated[Path, typer.Option(help="The checkout.", file_okay=False)] = Path(),
    *,
    inbox: Annotated[bool, typer.Option("--inbox", help="It takes files and cannot be read.")] = False,
) -> None:
    """Begin a provider: its folder, stand-in, tests and texts. The bot offers it once it has a provider.py."""
    try:
        written = begin(root, name, title or name.replace("_", " ").capitalize(), inbox=inbox)
    except NotBegun as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    for path in written:
        typer.echo(path)
    typer.echo(f"\nWhat is missing: python -m pytest tests/providers/{name} -k nothing_is_missing")
    typer.echo("How to go on: CONTRIBUTING.md, Adding a provider")
