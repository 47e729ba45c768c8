"""The registers that every Tripletex company shares: occupation codes, municipalities, countries, type lists.

Occupation codes are Tripletex' seven-digit codes (STYRK-98 based, A-ordningen's "yrkeskode"), a small
part of several thousand: codes and names are Statistics Norway's catalogue 145 as NAV's test tools list
them; id 3 is recorded, the other ids are ours. Leave types and the fourth employment type are recorded names.
"""

from __future__ import annotations

from typing import Any

from sandbox.tripletex import models

Row = dict[str, Any]


def _register(first: int, rows: list[dict[str, Any]]) -> dict[int, Row]:
    return {first + i: {"id": first + i, "version": 0, "changes": [], **row} for i, row in enumerate(rows)}


_OCCUPATIONS = [
    ("5223102", "ABONNEMENTSELGER"),
    ("0113115", ""),  # recorded for its leading zero, without its name
    ("1231119", "KONTORLEDER"),
    ("5221126", "BUTIKKMEDARBEIDER"),
    ("2521106", "ADVOKAT"),
    ("3231109", "SYKEPLEIER"),
    ("3310101", "ALLMENNLÆRER"),
    ("5141103", "FRISØR"),
    ("7125102", "BYGNINGSSNEKKER"),
    ("7421118", "SNEKKER"),
    ("7217102", "BILSKADEREPARATØR"),
    ("2320102", "LÆRER (VIDEREGÅENDE SKOLE)"),
]
_MUNICIPALITIES = [
    ("0301", "Oslo", "Oslo", "1"),
    ("4601", "Bergen", "Vestland", "1"),
    ("5001", "Trondheim", "Trøndelag", "1"),
    ("1103", "Stavanger", "Rogaland", "1"),
    ("5501", "Tromsø", "Troms", "4a"),
]
_COUNTRIES = [
    ("Norge", "NO", "NOR", "578"),
    ("Sverige", "SE", "SWE", "752"),
    ("Danmark", "DK", "DNK", "208"),
    ("Finland", "FI", "FIN", "246"),
]
_LEAVE_NAMES = (
    "Permisjon",
    "Permittering",
    "Permisjon med foreldrepenger",
    "Permisjon ved militærtjeneste",
    "Utdanningspermisjon",
    "Velferdspermisjon",
    "Andre ikke lovfestede",
    "Andre lovfestede",
    "Utdanning ikke lovfestet",
    "Utdanning lovfestet",
)

# Id 3 is recorded for the first code; the others follow it.
OCCUPATION_CODES = _register(3, [{"code": code, "nameNO": name} for code, name in _OCCUPATIONS])
MUNICIPALITIES = _register(
    262,
    [
        {"number": n, "name": name, "county": county, "payrollTaxZone": zone, "displayName": f"{n} {name}"}
        for n, name, county, zone in _MUNICIPALITIES
    ],
)
COUNTRIES = _register(
    161,
    [
        {"name": n, "displayName": n, "isoAlpha2Code": two, "isoAlpha3Code": three, "isoNumericCode": number}
        for n, two, three, number in _COUNTRIES
    ],
)
_CURRENCIES = _register(1, [{"code": "NOK"}])


def _types(key: str, choices: tuple[str, ...], names: tuple[str, ...]) -> dict[int, Row]:
    rows = [
        {key: choice, "nameNO": name, "code": str(i)}
        for i, (choice, name) in enumerate(zip(choices, names, strict=True))
    ]
    return _register(1, rows)


_EMPLOYMENT_TYPES = _register(
    1,
    [
        {"employmentType": "ORDINARY", "nameNO": "Ordinært arbeidsforhold", "code": "0"},
        {"employmentType": "MARITIME", "nameNO": "Maritimt arbeidsforhold", "code": "1"},
        {"employmentType": "FREELANCE", "nameNO": "Frilanser, oppdragstaker, honorar", "code": "2"},
        # Listed, but without a value that could be written.
        {"employmentType": None, "nameNO": "Pensjon og andre ytelser uten arbeidsforhold", "code": "3"},
    ],
)
_SALARY_TYPES = _types(
    "remunerationType",
    ("MONTHLY_WAGE", "HOURLY_WAGE", "COMMISION_PERCENTAGE", "FEE", "PIECEWORK_WAGE"),
    ("Fastlønn", "Timelønn", "Provisjonslønn", "Honorar", "Akkordlønn"),
)
_SCHEMES = _types(
    "workingHoursScheme",
    models.WORKING_HOURS_SCHEMES[:-1],
    (
        "Ikke skift",
        "Arbeid ved anlegg døgnet rundt",
        "Skift 365",
        "Offshore 336",
        "Helkontinuerlig skiftarbeid",
        "Andre skift",
    ),
)
_LEAVE_TYPES = _types("leaveOfAbsenceType", models.LEAVE_TYPES, _LEAVE_NAMES)

REGISTERS: dict[str, dict[int, Row]] = {
    "OccupationCode": OCCUPATION_CODES,
    "Municipality": MUNICIPALITIES,
    "Country": COUNTRIES,
    "Currency": _CURRENCIES,
    "EmploymentType": _EMPLOYMENT_TYPES,
    "RemunerationType": _SALARY_TYPES,
    "WorkingHoursScheme": _SCHEMES,
    "LeaveOfAbsenceType": _LEAVE_TYPES,
}

# The sub-lists of /employee/employment/employmentType answer with this same model.
EMPLOYMENT_FORMS = _register(
    1,
    [
        {"nameNO": name, "code": str(i)}
        for i, name in enumerate(
            (
                "Fast ansettelse",
                "Midlertidig ansettelse",
                "Fast ansettelse og utleid",
                "Midlertidig ansettelse og utleid",
                "Tilkallingsvikar",
            )
        )
    ],
)
END_REASONS = _register(
    1,
    [
        {"nameNO": name, "code": str(i)}
        for i, name in enumerate(
            (
                "Kontrakt utløpt",
                "Arbeidstaker har sagt opp",
                "Arbeidsgiver har sagt opp",
                "Feilaktig innrapportert",
                "Bytte av system eller regnskapsfører",
                "Intern endring",
            )
        )
    ],
)
