"""The command line: `run`, `doctor`, `migrate`, `backup`, `keys` and so on. Holds no logic of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from bot import VERSION, accounts, audit_trail, key_check, privacy, replica
from bot.core import log_config, private_file
from bot.core.diagnosis import Diagnosis
from bot.diagnostics import doctor as doctor_module
from bot.diagnostics.database_sentence import told_of_database
from bot.diagnostics.live_checks import LIVE
from bot.jobs.policy import Policy
from bot.locales.translator import single_line
from bot.provider_tools.commands import providers_cli
from bot.secret_source import SecretUnread
from bot.settings import Settings
from bot.slack.http_server import EVENTS_PATH
from bot.slack.manifest import manifest_over_http, manifest_tag
from bot.slack.oauth.flow import REDIRECT_PATH
from bot.worker_process import ProcessRole
from storage import renewal
from storage.backup import back_up
from storage.database import Database
from storage.errors import BadKey, MigrationFailed, Misplaced, Unreadable, UnsupportedDatabase
from storage.migrations import newest
from storage.vault import Vault

# Typer's own tracebacks print local variables, and those may be secrets.
cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Integrations between Simployer and payroll, in Slack.",
)
accounts_cli = typer.Typer(no_args_is_help=True, help="Assign accounts of payroll systems to workspaces.")
keys_cli = typer.Typer(no_args_is_help=True, help="Make and rotate the keys that encrypt credentials.")
cli.add_typer(keys_cli, name="keys")
cli.add_typer(providers_cli, name="providers")
cli.add_typer(accounts_cli, name="accounts")
audit_cli = typer.Typer(no_args_is_help=True, help="Give out the audit, and check that nobody has changed it.")
cli.add_typer(audit_cli, name="audit")
workspace_cli = typer.Typer(
    no_args_is_help=True, help="Cut a workspace off in a breach, give out what is stored of it, or erase it."
)
cli.add_typer(workspace_cli, name="workspace")
person_cli = typer.Typer(no_args_is_help=True, help="Give out, or erase, what is stored of one person.")
cli.add_typer(person_cli, name="person")
console = Console(stderr=True)


def _settings() -> Settings:
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False, include_context=False):
            name = "_".join(str(part) for part in problem["loc"]).upper()
            said = problem["msg"].removeprefix("Value error, ")
            console.print(f"[bold]{name}[/]: {said}" if name else said, highlight=False)
        console.print("Set these in the environment or in .env; .env.example lists every setting.")
        raise typer.Exit(2) from None
    except SecretUnread as error:
        console.print(f"[bold]{error.setting}[/] {error.says}.", highlight=False)
        raise typer.Exit(2) from None
    log_config.configure(settings.log_level, settings.log_format)
    return settings


def _database(settings: Settings) -> Database:
    return Database(settings.database_url, _vault(settings))


def _vault(settings: Settings) -> Vault:
    try:
        return Vault(settings.fernet_keys())
    except BadKey as error:
        console.print(f"[bold]ENCRYPTION_KEYS[/]: {error}", highlight=False)
        raise typer.Exit(2) from None


@cli.command()
def run(
    role: ProcessRole | None = typer.Option(
        None, help="Only this process; without it, on PostgreSQL, a door and a worker, and on SQLite one for all."
    ),
    under_door: int | None = typer.Option(None, hidden=True),
) -> None:
    """Connect to Slack and run until stopped (SIGINT or SIGTERM)."""
    settings = _settings()
    _vault(settings)  # a bad key is told in words, before anything begins
    try:
        with told_of_database(lambda: _database(settings)):
            asyncio.run(replica.of(settings, role, under_door).run_until_stopped())
    except replica.REASONS as error:
        code, says = replica.reason(error)
        console.print(says, highlight=False)
        raise typer.Exit(code) from None


@cli.command()
def version() -> None:
    """Print the version, and the tags of the tables and of the app's manifest that belong to it."""
    typer.echo(f"integration-bot {VERSION}\nschema {newest()}\nmanifest {manifest_tag()}")


@cli.command()
def migrate() -> None:
    """Bring the database up to date. `run` does it too."""

    settings = _settings()

    async def go() -> int:
        database = _database(settings)
        try:
            await database.migrate()
            return len(await renewal.renew(database))
        finally:
            await database.close()

    with told_of_database(lambda: _database(settings)):
        misplaced = asyncio.run(go())
    console.print("The database is up to date.")
    if misplaced:
        console.print(f"{misplaced} sealed values are not where they belong; `run` logs which. See docs/operations.md.")


@cli.command()
def backup(folder: Path = typer.Argument(help="A folder without a backup; it is made")) -> None:
    """Copy SQLite's files while the bot runs. Restored, they are put in their place while it does not."""
    try:
        made = back_up(_settings().database_url, folder)
    except (UnsupportedDatabase, FileNotFoundError) as error:
        console.print(str(error), highlight=False, markup=False)
        raise typer.Exit(2) from None
    except FileExistsError as there:
        console.print(f"{there.filename} is there already; name another folder.", highlight=False, markup=False)
        raise typer.Exit(2) from None
    for path in made:
        typer.echo(path)
    console.print("Keep it apart from ENCRYPTION_KEYS: whoever has both can read everything.")


@cli.command()
def manifest(
    organisation: bool = typer.Option(
        False,
        "--organisation",
        help="For one workspace, or one organisation: with the step for Workflow Builder and installation org-wide. "
        "Slack distributes such an app to nobody else.",
    ),
) -> None:
    """Print the manifest of an app that is reached over HTTP at PUBLIC_URL. For Socket Mode, manifest.yml is it."""
    settings = _settings()
    if not settings.public_url:
        console.print("PUBLIC_URL is not set. For Socket Mode, manifest.yml is the manifest as it stands.")
        raise typer.Exit(2)
    events_url, redirect_url = f"{settings.public_url}{EVENTS_PATH}", f"{settings.public_url}{REDIRECT_PATH}"
    typer.echo(manifest_over_http(events_url, redirect_url, with_step=organisation))


@cli.command()
def doctor(
    live: str = typer.Option(
        "",
        help="Instead, ask a real account of this system (tripletex: a test account; simployer: only reads) what its "
        "documentation leaves open.",
    ),
) -> None:
    """Check settings, database, keys and Slack, and say what to do about each fault."""
    settings = _settings()
    if not live:
        findings = asyncio.run(doctor_module.examine(settings))
    elif live not in LIVE:
        console.print(f"There is no live check of {live}; there is one of: {', '.join(LIVE)}.")
        raise typer.Exit(2)
    else:
        options, check = settings.provider_options(live), LIVE[live]
        secret = options.get(check.secret) or typer.prompt(check.prompt, hide_input=True)

        async def ask() -> list[Diagnosis]:
            return await check.examine(options, secret)

        findings = asyncio.run(ask())
    table = Table(show_edge=False)
    for heading in ("", "what", "finding"):
        table.add_column(heading)
    for finding in findings:
        table.add_row("ok" if finding.ok else "FAULT", finding.what, finding.says)
    console.print(table)
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@keys_cli.command("new")
def keys_new() -> None:
    """Print a new key for ENCRYPTION_KEYS. Put it first; keep the old ones after it until `keys rotate` has run."""
    typer.echo(Vault.generate_key())


@keys_cli.command("rotate")
def keys_rotate() -> None:
    """Encrypt everything again with the first key, so that the others can be removed. May be repeated."""

    async def go() -> int:
        database = _database(_settings())
        try:
            await database.migrate()
            return await audit_trail.rotated(database)
        finally:
            await database.close()

    try:
        console.print(f"{asyncio.run(go())} records were encrypted again with the first key.")
    except (Misplaced, Unreadable) as error:
        console.print(f"Keep the old keys. {error}", highlight=False, markup=False)
        console.print("`integration-bot keys check` says which values no key opens, and what to do about each.")
        raise typer.Exit(1) from None
    console.print(
        f"Keep the old keys for {Policy().engine_rows_kept.days} days more: work under way was sealed by them."
    )


@keys_cli.command("check")
def keys_check(
    take: bool = typer.Option(False, "--take-choices", help="Seal what integrations have chosen, where no key does"),
) -> None:
    """Try every sealed value with the keys; after a loss, say what to enter again. Ends with 1 where any is."""
    lines, ok = _with_database(lambda database: key_check.checked(database, take=take))
    for line in lines:
        say(line)
    raise typer.Exit(0 if ok else 1)


@accounts_cli.command("assign")
def accounts_assign(
    provider: str = typer.Argument(help="The payroll system's key, such as visma_net or paxml"),
    account: str = typer.Argument(help="What names the account there: the tenant id, the folder"),
    team_id: str = typer.Argument(help="The Slack workspace, T…"),
) -> None:
    """Assign an account that no secret proves to a workspace, once you know that it is theirs. Audited."""
    _told(lambda database: accounts.assign(database, provider, account, team_id))


@accounts_cli.command("list")
def accounts_list(team_id: str = typer.Option("", "--team", help="Of this workspace only")) -> None:
    """Show which workspace each account belongs to: what was assigned, and what was proven and connected."""
    _told(lambda database: accounts.listed(database, team_id or None))


@accounts_cli.command("revoke")
def accounts_revoke(
    provider: str = typer.Argument(help="The payroll system's key"),
    account: str = typer.Argument(help="What names the account there, or its key as `list` shows it"),
) -> None:
    """Take an account from the workspace that has it. What was assigned stops to sync. Audited."""
    _told(lambda database: accounts.revoke(database, provider, account))


@audit_cli.command("export")
def audit_export(
    team_id: str = typer.Argument(
        "", help="The Slack workspace, T…; without one, what concerns the whole installation"
    ),
    out: Path | None = typer.Option(None, "--out", help="The file to write, for its owner alone; else it is printed"),
) -> None:
    """Give out the audit as JSON lines. With a file kept elsewhere, `check --against` shows what is gone since."""
    lines = _with_database(lambda database: audit_trail.exported(database, team_id))
    if out is None:
        typer.echo("\n".join(lines))
        return
    try:
        private_file.write(out, lines)
    except FileExistsError:
        console.print(f"{out} is there already; give another name.", highlight=False, markup=False)
        raise typer.Exit(2) from None
    console.print(f"{len(lines) - 1} entries are in {out}.", highlight=False, markup=False)


@audit_cli.command("check")
def audit_check(
    team_id: str = typer.Argument("", help="Of this Slack workspace only, T…"),
    against: Path | None = typer.Option(None, "--against", help="A file of `audit export` that must still be true"),
) -> None:
    """Look for entries that were changed, removed, put in or cut off. Ends with 1 where there are any."""
    former = _lines_of(against) if against else None
    result = _with_database(lambda database: audit_trail.checked(database, team_id or None, former))
    for line in result.lines:
        say(line)
    raise typer.Exit(0 if result.ok else 1)


@workspace_cli.command("cut-off")
def workspace_cut_off(team_id: str = typer.Argument(help="The Slack workspace, T…")) -> None:
    """In a breach: erase all its secrets and stop everything, at once. What was chosen and the audit stay."""
    _told(lambda database: privacy.cut_off(database, team_id))


@workspace_cli.command("export")
def workspace_export(
    team_id: str = typer.Argument(help="The Slack workspace, T…"),
    out: Path = typer.Option(help="The file to write, for its owner alone"),
) -> None:
    """Write everything that is stored of a workspace, as JSON lines; no credentials."""
    _told(lambda database: privacy.export_workspace(database, team_id, out))


@workspace_cli.command("erase")
def workspace_erase(
    team_id: str = typer.Argument(help="The Slack workspace, T…"),
    with_audit: bool = typer.Option(False, "--with-audit", help="Its audit too"),
    yes: bool = typer.Option(False, "--yes", help="Ask no more"),
) -> None:
    """Erase all of a workspace, for good."""
    if not yes and typer.prompt(f"This cannot be undone. Type {team_id} to erase it") != team_id:
        raise typer.Exit(2)
    _told(lambda database: privacy.erase_workspace(database, team_id, with_audit=with_audit))


@person_cli.command("export")
def person_export(
    team_id: str = typer.Argument(help="The Slack workspace, T…"),
    number: str = typer.Argument(help="The employee number"),
    out: Path = typer.Option(help="The file to write, for its owner alone"),
    source_id: str | None = typer.Option(None, help="The id in Simployer, where several have had the number"),
) -> None:
    """Write what is stored of one person, as JSON lines."""
    _told(lambda database: privacy.export_person(database, team_id, number, source_id, out))


@person_cli.command("erase")
def person_erase(
    team_id: str = typer.Argument(help="The Slack workspace, T…"),
    number: str = typer.Argument(help="The employee number"),
    source_id: str | None = typer.Option(None, help="The id in Simployer, where several have had the number"),
) -> None:
    """Erase what is stored of one person, and say what is left."""
    _told(lambda database: privacy.erase_person(database, team_id, number, source_id))


def _told(work: Callable[[Database], Awaitable[list[str]]]) -> None:
    for line in _with_database(work):
        say(line)


def say(line: str) -> None:
    """Print a line, in which customers' names and ids may be: nothing of it is for the terminal to obey."""
    typer.echo(single_line(line))


def _lines_of(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        console.print(f"{file} cannot be read: {error}", highlight=False, markup=False)
        raise typer.Exit(2) from None


T = TypeVar("T")


def _with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    async def go() -> T:
        database = _database(_settings())
        try:
            await database.migrate()
            return await work(database)
        finally:
            await database.close()

    try:
        return asyncio.run(go())
    except MigrationFailed as failed:
        console.print(f"DATABASE_URL: {failed}", highlight=False, markup=False)
        raise typer.Exit(6) from None
    except FileExistsError as there:
        console.print(f"{there.filename} is there already; give another name.", highlight=False, markup=False)
        raise typer.Exit(2) from None
    except (accounts.NotAssigned, audit_trail.NotOurs, privacy.NotDone, ValueError) as refused:
        console.print(single_line(str(refused)), highlight=False, markup=False)
        raise typer.Exit(2) from None


def main() -> None:
    """Entry point of `integration-bot` and `python -m bot`."""
    cli()


if __name__ == "__main__":
    main()
