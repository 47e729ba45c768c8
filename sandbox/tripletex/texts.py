"""What Tripletex says, in the language of the token's owner.

The Norwegian texts are as recorded from the real API unless marked "ours": those fill rules that are
known to exist but whose wording nobody has published. Of the English ones only `VALIDATION_FAILED`,
`NOT_NULL` and `length` have been seen. A client must not decide anything on these texts.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["nb", "en"]


class Text(NamedTuple):
    nb: str
    en: str

    def said_in(self, language: Language) -> str:
        return self.nb if language == "nb" else self.en


def length(least: int, most: int) -> Text:
    """What a text of the wrong length is told."""
    return Text(
        f"Feltet har ikke korrekt lengde. Det må være mellom {least} og {most}.",
        f"Length of field must be between {least} and {most}.",
    )


def empty_range(first: str, after: str) -> Text:
    """What a range of days is told that has none."""
    return same(
        f"'From and including' values ({first}) is greater than or equal 'To and excluding' value ({after}) in filter."
    )


def same(text: str) -> Text:
    """A text that is the same in both languages."""
    return Text(text, text)


VALIDATION_FAILED = Text("Validering feilet.", "Validation failed.")
MAPPING_FAILED = same("Request mapping failed")
UNAUTHORIZED = same("Unauthorized")
NOT_FOUND = same("Object not found")
FORBIDDEN = same("You do not have permission to access this feature.")
REVISION = same("RevisionException")
TOO_LARGE = same("Result set too large. Limit of 10.000 reached.")
COMPANY_OWNED = same(
    "Company owned users(employeeToken) can only access /token/session/>whoAmI and /company/>withLoginAccess"
)
LOGIN_HINT = "Could not log in. Check login info in Authorization header."

NO_SUCH_FIELD = Text("Feltet eksisterer ikke i objektet.", "The field does not exist in the object.")
WRONG_TYPE = Text(
    "Verdien er ikke av korrekt type for dette feltet.", "The value is not of the correct type for this field."
)
NOT_UNIQUE = Text("Må være unikt", "Must be unique")  # the Norwegian one from Tripletex' help pages
NOT_NULL = Text("Kan ikke være null.", "Cannot be null.")
MUST_BE_FILLED = Text("Feltet må fylles ut.", "The field must be filled in.")
USER_TYPE = Text('Brukertype kan ikke være "0" eller tom.', 'User type cannot be "0" or empty.')
EMAIL_REQUIRED = Text("Må angis for Tripletex-brukere.", "Must be given for Tripletex users.")
EMAIL_TAKEN = Text(
    "Det finnes allerede en bruker med denne e-postadressen.", "There is already a user with this e-mail address."
)
EMAIL_FORMAT = Text("Ugyldig format.", "Invalid format.")
DIVISION_REQUIRED = Text(
    "Arbeidsforholdet må knyttes til en virksomhet/underenhet.", "The employment must be linked to a division."
)
DIVISION_LOCKED = Text("Virksomheten kan ikke endres.", "The division cannot be changed.")
ALREADY_EXISTS = Text("Finnes fra før.", "Already exists.")
BEFORE_START = Text(
    "Dato på lønnsraden er før arbeidsforholdets startdato.",
    "The date of the salary row is before the start date of the employment.",
)
EMAIL_LOCKED = same('"email" kan ikke endres')  # as an integrator's log has it
TTL_TOO_SHORT = Text("Må være minimum 300", "Must be at least 300")
TTL_TOO_LONG = Text("Kan ikke være over 28800", "Cannot be over 28800")
ACTIVITY_REFUSED = Text("Aktiviteten kan ikke benyttes.", "The activity cannot be used.")
HOURS_EXIST = Text(
    "Det er allerede registrert timer på den ansatte på denne dagen, med samme aktivitet og prosjekt.",
    "Hours are already registered for the employee on this day, with the same activity and project.",
)
CONSUMER_TOKEN = same("The consumer token is invalid or does not exist.")

# Ours from here on.
EMPLOYEE_TOKEN = same("The employee token is invalid or does not exist.")
EXPIRATION_DATE = same("The expiration date must be later than today.")
NO_SUCH_OBJECT = Text("Finnes ikke.", "Does not exist.")
BIRTH_DATE_LOCKED = Text(
    "Fødselsdato kan ikke endres etter levert a-melding.", "Date of birth cannot change after a delivered a-melding."
)
OVERLAP = Text("Arbeidsforholdet overlapper et annet.", "Overlapping dates.")
END_BEFORE_START = Text("Sluttdato er før startdato.", "The end date is before the start date.")
START_AFTER_ROWS = Text(
    "Startdato kan ikke flyttes forbi en lønnsrad.", "The start date cannot be moved past a salary row."
)
CLOSED = Text("Timelisten er godkjent.", "The timesheet has been approved.")
NOT_EMPLOYED = Text(
    "Den ansatte har ikke et arbeidsforhold på denne datoen.", "The employee has no employment on this date."
)
NOT_IN_EMPLOYMENT = Text("Permisjonen er utenfor arbeidsforholdet.", "The leave is outside the employment.")
INVALID_JSON = same("Invalid JSON")
INVALID_PARAMETER = Text("Ugyldig verdi.", "Invalid value.")
