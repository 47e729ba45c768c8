"""No provider can be declared whose customers could be connected without a proof that the account is theirs."""

from __future__ import annotations

from typing import Any

import pytest

from bot.providers.consent import ConsentProvider
from bot.providers.declaration import ControlProof, CredentialField, ProviderInfo, Undeclared
from bot.providers.registry import source, targets

SECRET = CredentialField(key="token")
PUBLIC = CredentialField(key="tenant_id", secret=False)
ASSIGNED = CredentialField(key="tenant_id", secret=False, assigned=True)
CONSENT = CredentialField(key="consent")
WAY = CredentialField(key="way", secret=False, choices=("folder", "server"))


def declared(control: ControlProof, *credentials: CredentialField) -> ProviderInfo:
    return ProviderInfo(key="made_up", countries=("NO",), control=control, credentials=credentials)


def test_a_provider_says_how_control_is_proven() -> None:
    info: Any = ProviderInfo
    with pytest.raises(TypeError, match="control"):
        info(key="made_up", countries=("NO",), credentials=(SECRET,))


@pytest.mark.parametrize(
    ("control", "credentials"),
    [
        (ControlProof.CUSTOMER_SECRET, (PUBLIC,)),
        (ControlProof.CUSTOMER_SECRET, ()),
        (ControlProof.OPERATOR_ASSIGNMENT, (PUBLIC,)),
        (ControlProof.OPERATOR_ASSIGNMENT, (SECRET,)),
        (ControlProof.VENDOR_CONSENT, (PUBLIC,)),
        (ControlProof.VENDOR_CONSENT, (CONSENT, PUBLIC)),
        (ControlProof.VENDOR_CONSENT, (CredentialField(key="consent", secret=False),)),
        # One of two ways has a secret; the other has none.
        (
            ControlProof.CUSTOMER_SECRET,
            (
                WAY,
                CredentialField(key="folder", secret=False, when=("way", "folder")),
                CredentialField(key="password", when=("way", "server")),
            ),
        ),
        (ControlProof.OPERATOR_ASSIGNMENT, (CredentialField(key="tenant_id", assigned=True),)),
        (ControlProof.OPERATOR_ASSIGNMENT, (ASSIGNED, CredentialField(key="more", secret=False, assigned=True))),
    ],
)
def test_what_proves_nothing_is_refused(control: ControlProof, credentials: tuple[CredentialField, ...]) -> None:
    with pytest.raises(Undeclared):
        declared(control, *credentials)


def test_a_secret_or_an_assignment_will_do() -> None:
    assert declared(ControlProof.CUSTOMER_SECRET, SECRET).assignment({"token": "t"}) is None
    assert declared(ControlProof.OPERATOR_ASSIGNMENT, ASSIGNED).assignment({"tenant_id": " a "}) == ("tenant_id", "a")


def test_a_vendors_consent_will_do() -> None:
    assert declared(ControlProof.VENDOR_CONSENT, CONSENT).assignment({"consent": "c"}) is None
    consenting = [one for one in targets().values() if one.info.control is ControlProof.VENDOR_CONSENT]
    assert [one.info.key for one in consenting if isinstance(one, ConsentProvider)] == ["fortnox", "spiris_lon"]


def test_what_every_provider_asks_to_be_assigned() -> None:
    infos = [source().info, *(target.info for target in targets().values())]
    assert {info.key: [field.key for field in info.credentials if field.assigned] for info in infos} == {
        "simployer": [],
        "fortnox": [],
        "kleer": [],
        "poweroffice_go": [],
        "spiris_lon": [],
        "tidsbanken": [],
        "xledger": [],
        "tripletex": [],
        "twentyfour_seven_office": [],
        "agda_ps": [],
        "visma_net": ["tenant_id"],
        "paxml": ["folder"],
        "visma_lon": ["customer"],
        "hogia_lon": ["customer"],
    }
    visma, paxml = targets()["visma_net"].info, targets()["paxml"].info
    assert visma.assignment({"tenant_id": "ABC "}) == ("tenant_id", "abc")
    assert paxml.assignment({"folder": "Acme"}) == ("folder", "Acme")
    assert paxml.assignment({"delivery": "sftp", "folder": "Acme"}) is None
