"""The choices that an integration with 24SevenOffice makes, and what they default to.

Names: 24SevenOffice's description of its Payroll API, which has those of the a-melding.
"""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField

AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT = "as_is", "to_full_time", "to_actual", "none"
LEFT_ALONE = "left_alone"
BY_NAME, NO_UNITS = "by_name", "none"

FORMS = (
    "fast",
    "midlertidig",
    "fastAnsattUtleid",
    "midlertidigAnsattUtleid",
    "midlertidigAnsattSomTilkallingsvikar",
)
END_REASONS = (
    "arbeidstakerHarSagtOppSelv",
    "arbeidsgiverHarSagtOppArbeidstaker",
    "kontraktEngasjementEllerVikariatErUtloept",
    "endringIOrganisasjonsstrukturEllerByttetJobbInternt",
    "byttetLoenssystemEllerRegnskapsfoerer",
)
"""Those of Norwegian companies, but for the one of an employment that should never have been reported: a person
decides that."""
TYPES = ("ordinaertArbeidsforhold", "maritimtArbeidsforhold", "frilanserOppdragstakerHonorarPersonerMm")
SCHEMES = (
    "ikkeSkift",
    "doegnkontinuerligSkiftOgTurnus355",
    "helkontinuerligSkiftOgAndreOrdninger336",
    "skift365",
    "offshore336",
    "andreSkift",
)


def word(name: str) -> str:
    """A choice as it is stored and as its text is called: `ikkeSkift` is `ikke_skift`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


CHOICES = {word(name): name for name in (*FORMS, *END_REASONS, *TYPES, *SCHEMES)}
"""What 24SevenOffice calls a choice."""

SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="enterprise", live=True, required=True, ask=True),
    SettingField(key="office_enterprise", live=True, ask=True, by_office=True, group="offices"),
    SettingField(key="end_reason", choices=tuple(map(word, END_REASONS)), required=True, ask=True),
    SettingField(
        key="salary", choices=(AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT), default=AS_IS, ask=True, group="pay"
    ),
    SettingField(key="occupation_code"),
    SettingField(key="occupation_code_field", own_field=True),
    SettingField(key="other_employment_form", choices=(LEFT_ALONE, *map(word, FORMS)), default=LEFT_ALONE),
    SettingField(key="employment_type", choices=tuple(map(word, TYPES)), default=word(TYPES[0])),
    SettingField(key="working_hours_scheme", choices=tuple(map(word, SCHEMES)), default=word(SCHEMES[0])),
    SettingField(key="units", choices=(BY_NAME, NO_UNITS), default=BY_NAME, group="people"),
)

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""
