"""Made-up companies of any size, the same for the same seed.

A person depends on the seed and their place in the row alone, so the hundred-thousandth can be made
without the others, and a company grows without its first people changing. Nothing is wrong with any of
them; tests break the ones they need.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from sandbox.companies import numbers
from sandbox.companies.model import BankAccount, Company, CostCenter, Department, Leave, Office, Person

_FIRST_NAMES = {
    True: (
        "Astrid", "Birgitta", "Cecilie", "Dagny", "Ebba", "Frida", "Gudrun", "Hedda", "Ida", "Jorunn",
        "Karin", "Linnea", "Märta", "Nora", "Oda", "Pernilla", "Randi", "Signe", "Tuva", "Ylva",
    ),
    False: (
        "Anders", "Bjørn", "Carl", "Dag", "Einar", "Fredrik", "Gunnar", "Halvor", "Ivar", "Jesper",
        "Kåre", "Leif", "Magnus", "Nils", "Olav", "Pål", "Rune", "Sverre", "Trygve", "Øystein",
    ),
}  # fmt: skip
_BEGINNINGS = (
    "Alm", "Berg", "Bjørk", "Dal", "Eng", "Fjell", "Furu", "Gran", "Hav", "Heim",
    "Kvist", "Lind", "Lyng", "Myr", "Nord", "Ren", "Skog", "Sol", "Strand", "Vind",
)  # fmt: skip
_ENDINGS = (
    "berg", "by", "dal", "fors", "gren", "haug", "holm", "land", "lund", "mark",
    "rud", "sand", "set", "stad", "ström", "tveit", "vik", "voll", "ås", "øy",
)  # fmt: skip
_OFFICES = (
    ("Oslo", "Europe/Oslo", "NO", "0150"),
    ("Bergen", "Europe/Oslo", "NO", "5003"),
    ("Trondheim", "Europe/Oslo", "NO", "7011"),
    ("Stockholm", "Europe/Stockholm", "SE", "111 29"),
    ("Malmö", "Europe/Stockholm", "SE", "211 20"),
)
_TITLES = ("Adviser", "Coordinator", "Engineer", "Operator", "Specialist", "Technician")
_LETTERS = str.maketrans("åäøöæ", "aaooe")


class Generator:
    """A company of `size` people; `norwegian` is the share who work in Norway."""

    def __init__(self, size: int, *, seed: int = 1, norwegian: float = 1.0, departments: int = 12) -> None:
        self.size = size
        self._seed = seed
        self._norwegian = norwegian
        self._departments = [f"Department {i + 1}" for i in range(departments)]

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Person]:
        """The people, one at a time; nothing is kept."""
        return (self.person(place) for place in range(self.size))

    def company(self) -> Company:
        """The company without its people, which are this generator's to give."""
        return Company(
            name=f"Nordlys {self.size}",
            legal_name=f"Nordlys {self.size} AB",
            org_number="5560000001",
            offices=[Office(name=name, timezone=zone, country=country) for name, zone, country, _ in _OFFICES],
            departments=[Department(name=name, cost_center=str(100 + i)) for i, name in enumerate(self._departments)],
            cost_centers=[CostCenter(code=str(100 + i), name=name) for i, name in enumerate(self._departments)],
        )

    def with_people(self) -> Company:
        """The company with everybody in memory."""
        empty = self.company()
        empty.people.extend(self)
        return empty

    def leave(self, first: date, *, days: int = 4) -> Iterator[Leave]:
        """A leave of so many days for each, from `first` on or up to three weeks later, on neighbouring weekdays."""
        for place in range(self.size):
            start = first + timedelta(days=place * 7 % 21)
            start -= timedelta(days=min(start.weekday(), max(0, start.weekday() + days - 5)))
            kind = "Vacation" if place % 3 else "Sick leave"
            end = start + timedelta(days=days - 1)
            number = str(10_000 + place)
            yield Leave(number=number, kind=kind, start=start.isoformat(), end=end.isoformat(), status="APPROVED")

    def person(self, place: int) -> Person:
        """The person at a place, 0 to size - 1. Raises IndexError beyond."""
        if not 0 <= place < self.size:
            raise IndexError(place)
        dice = Random(self._seed * 1_000_003 + place)
        number = str(10_000 + place)
        country = "NO" if dice.random() < self._norwegian else "SE"
        office, _, _, postal_code = dice.choice([one for one in _OFFICES if one[2] == country])
        woman = dice.random() < 0.5
        first = dice.choice(_FIRST_NAMES[woman])
        last = dice.choice(_BEGINNINGS) + dice.choice(_ENDINGS)
        born = date(1960, 1, 1) + timedelta(days=dice.randrange(365 * 44))
        start = date(2012, 1, 1) + timedelta(days=dice.randrange(365 * 13))
        monthly = dice.randrange(360, 900) * 100
        currency = "NOK" if country == "NO" else "SEK"
        person = Person(
            number=number,
            first_name=first,
            last_name=last,
            birth_date=born.isoformat(),
            identity_number=_identity(born, woman, country, dice),
            identity_country=country,
            gender="female" if woman else "male",
            nationality=country,
            title=dice.choice(_TITLES),
            office=office,
            department=self._departments[place % len(self._departments)],
            work_email=f"{first}.{last}.{number}@nordlys.example".lower().translate(_LETTERS),
            work_phone=f"+47 4{place % 10_000_000:07d}" if country == "NO" else f"+46 70 1{place % 1_000_000:06d}",
            bank=_bank(country, place),
            address={
                "street": f"Nordlysveien {place + 1}",
                "postal_code": postal_code,
                "city": office,
                "country": country,
            },
            employments=[
                {
                    "start": start.isoformat(),
                    "kind": "permanent_employment",
                    "rate": dice.choice((100, 100, 100, 80, 50)),
                    "country": country,
                }
            ],
            compensations=[
                {
                    "start": start.isoformat(),
                    "amount": monthly,
                    "currency": currency,
                    "period": "MONTHLY",
                }
            ],
        )
        if place:
            person["manager"] = str(10_000 + place // 10)
        return person


def _identity(born: date, woman: bool, country: str, dice: Random) -> str:
    if country == "SE":
        return numbers.swedish_identity_number(born, woman=woman)
    base = 500 if born.year >= 2000 else 0
    while True:
        individual = base + dice.randrange(250) * 2 + (0 if woman else 1)
        try:
            return numbers.norwegian_identity_number(born, individual)
        except numbers.NoSuchNumber:
            continue


def _bank(country: str, place: int) -> BankAccount:
    # Of any eleven serials in a row at most two or so fall out, so ten apart never meet.
    for serial in range(place * 10 % 1_000_000, place * 10 % 1_000_000 + 10):
        try:
            if country == "NO":
                return {"bank": "Fjordbanken", "number": numbers.norwegian_account(serial), "country": "NO"}
            clearing, account = numbers.swedish_account(serial)
        except numbers.NoSuchNumber:
            continue
        return {"bank": "SEB", "clearing": clearing, "number": account, "country": "SE"}
    raise AssertionError("ten serials in a row without an account number")
