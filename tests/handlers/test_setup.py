"""`/integration setup`, the whole way, as an administrator goes it."""

from __future__ import annotations

from tests.handlers.office import COMPANY, SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office, dump, metadata_of


async def test_the_whole_way(office: Office) -> None:
    astrid = office.person("henrik")
    await office.to_summary(astrid)
    said = astrid.reads()
    assert COMPANY in said
    assert "Ingrid Solbakken" in said
    await astrid.submit()
    await office.shows(astrid, "Ingenting er sendt ennå")
    message = await office.reads(lambda: astrid.messages("payroll"), astrid, "Forhåndsvis")
    assert "Ingrid Solbakken" not in astrid.reads(message)
    (made,) = await office.integrations()
    assert (made.provider, made.target_account_name, made.state.value) == ("tripletex", COMPANY, "connected")
    assert made.scope["kind"] == "people"
    assert len(made.scope["ids"]) == 2
    assert [entry.action for entry in await office.audited()] == ["source.connected", "integration.created"]


async def test_nothing_secret_leaves_the_bot(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    assert len(metadata_of(henrik)) == 32
    await henrik.submit()
    await office.reads(lambda: henrik.messages("payroll"), henrik, "Forhåndsvis")
    sent = office.sent()
    kept = (office.folder / "bot.sqlite3").read_bytes() + (office.folder / "bot.sqlite3-wal").read_bytes()
    for secret in (SIMPLOYER_TOKEN, TRIPLETEX_TOKEN):
        assert secret not in sent
        assert secret.encode() not in kept
    assert SIMPLOYER_TOKEN not in dump([entry.new for entry in await office.audited()])
