"""The registers that every Tripletex company shares: occupation codes, municipalities, countries, type lists.

Occupation codes are Tripletex' seven-digit codes (STYRK-98 based, A-ordningen's "yrkeskode"), a small
part of several thousand: codes and names are Statistics Norway's catalogue 145 as NAV's test tools list
them; ids 1 to 3 are recorded, the other ids are ours, and the rest of the thousands are made up, so that the
list is as long as the real one. Leave types and the fourth employment type are recorded names.

Countries are an old list of ISO 3166 in English alphabetical order: recorded for ids 1 to 100 (no Guernsey, Isle of
Man or Jersey, but the Netherlands Antilles) and for Norway, 161. Their names are ours.
"""

from __future__ import annotations

from typing import Any

from babel import Locale
from babel.core import get_global

from sandbox.tripletex import models

Row = dict[str, Any]


def _register(first: int, rows: list[dict[str, Any]]) -> dict[int, Row]:
    return {first + i: {"id": first + i, "version": 0, "changes": [], **row} for i, row in enumerate(rows)}


_OCCUPATIONS = [
    ("1142109", ""),  # the first two are recorded without their names
    ("1142110", ""),
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
_COUNTRY_CODES = """
AF AX AL DZ AS AD AO AI AQ AG AR AM AW AU AT AZ BS BH BD BB BY BE BZ BJ BM BT BO BA BW BV BR IO BN BG BF BI KH CM CA
CV KY CF TD CL CN CX CC CO KM CG CD CK CR CI HR CU CY CZ DK DJ DM DO EC EG SV GQ ER EE ET FK FO FJ FI FR GF PF TF GA
GM GE DE GH GI GR GL GD GP GU GT GN GW GY HT HM VA HN HK HU IS IN ID IR IQ IE IL IT JM JP JO KZ KE KI KP KR KW KG LA
LV LB LS LR LY LI LT LU MO MK MG MW MY MV ML MT MH MQ MR MU YT MX FM MD MC MN MS MA MZ MM NA NR NP NL AN NC NZ NI NE
NG NU NF MP NO OM PK PW PS PA PG PY PE PH PN PL PT PR QA RE RO RU RW SH KN LC PM VC WS SM ST SA SN SC SL SG SK SI SB
SO ZA GS ES LK SD SR SZ SE CH SY TW TJ TZ TH TL TG TK TO TT TN TR TM TC TV UG UA AE GB US UM UY UZ VU VE VN VG VI WF
EH YE ZM ZW
"""
_MADE_UP_OCCUPATIONS = 3000
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


def _countries() -> list[dict[str, Any]]:
    names, aliases = Locale("nb").territories, get_global("territory_aliases")
    longer = {(two[0], code.isdigit()): code for code, two in aliases.items() if len(two) == 1 and len(code) == 3}
    rows = []
    for two in _COUNTRY_CODES.split():
        name = names.get(two, "De nederlandske Antiller" if two == "AN" else two)
        three, number = (longer.get((two, digits), "") for digits in (False, True))
        row = {"name": name, "displayName": name, "isoAlpha2Code": two, "isoAlpha3Code": three}
        rows.append({**row, "isoNumericCode": number})
    return rows


OCCUPATION_CODES = _register(
    1,
    [
        *({"code": code, "nameNO": name} for code, name in _OCCUPATIONS),
        *({"code": f"99{i:05}", "nameNO": f"OPPDIKTET YRKE {i}"} for i in range(1, _MADE_UP_OCCUPATIONS + 1)),
    ],
)
MUNICIPALITIES = _register(
    262,
    [
        {"number": n, "name": name, "county": county, "payrollTaxZone": zone, "displayName": f"{n} {name}"}
        for n, name, county, zone in _MUNICIPALITIES
    ],
)
COUNTRIES = _register(1, _countries())
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
