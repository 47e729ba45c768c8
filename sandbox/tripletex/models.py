"""The objects of the Tripletex API that an HR integration meets, declared field by field.

Source: API v2 description 2.75.00 for names, types and enums; 2.71.30 for `required` and lengths,
which 2.75.00 no longer states.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    TEXT = "text"
    WHOLE = "whole"
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"
    CHOICE = "choice"
    REF = "ref"  # another object, sent and shown as {"id": ..}
    PART = "part"  # another object, written in place (address)
    VALUE = "value"  # a plain structure without an id of its own
    MANY = "many"  # objects that point back at this one


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind
    model: str = ""
    choices: tuple[str, ...] = ()
    longest: int | None = None
    required: bool = False
    read_only: bool = False


@dataclass(frozen=True)
class Model:
    """`path` is the object's place under /v2, for its `url`; `back` is how its children call it."""

    name: str
    path: str
    fields: dict[str, Field]
    back: str = ""


def _of(kind: Kind, *names: str, **more: object) -> list[Field]:
    return [Field(name, kind, **more) for name in names]  # type: ignore[arg-type]


def _text(*names: str, longest: int | None = None, required: bool = False) -> list[Field]:
    return _of(Kind.TEXT, *names, longest=longest, required=required)


def _shown(kind: Kind, *names: str) -> list[Field]:
    return _of(kind, *names, read_only=True)


def _choice(name: str, *choices: str) -> list[Field]:
    return _of(Kind.CHOICE, name, choices=choices)


def _ref(name: str, model: str) -> list[Field]:
    return _of(Kind.REF, name, model=model)


def _model(name: str, path: str, *groups: list[Field], back: str = "") -> Model:
    common = [*_of(Kind.WHOLE, "id", "version"), *_shown(Kind.VALUE, "changes"), *_shown(Kind.TEXT, "url")]
    fields = {field.name: field for group in (common, *groups) for field in group}
    return Model(name, path, fields, back)


LEAVE_TYPES = (
    "LEAVE_OF_ABSENCE",
    "FURLOUGH",
    "PARENTAL_BENEFITS",
    "MILITARY_SERVICE",
    "EDUCATIONAL",
    "COMPASSIONATE",
    "OTHER_NOT_STATUTORILY_REQUIRED",
    "OTHER_STATUTORILY_REQUIRED",
    "EDUCATIONAL_NOT_STATUTORILY_REQUIRED",
    "EDUCATIONAL_STATUTORILY_REQUIRED",
)
ACTIVITY_TYPES = ("GENERAL_ACTIVITY", "PROJECT_GENERAL_ACTIVITY", "PROJECT_SPECIFIC_ACTIVITY", "TASK")
EMPLOYMENT_TYPES = ("ORDINARY", "MARITIME", "FREELANCE", "NOT_CHOSEN")
EMPLOYMENT_FORMS = (
    "PERMANENT",
    "TEMPORARY",
    "PERMANENT_AND_HIRED_OUT",
    "TEMPORARY_AND_HIRED_OUT",
    "TEMPORARY_ON_CALL",
    "NOT_CHOSEN",
)
REMUNERATION_TYPES = (
    "MONTHLY_WAGE",
    "HOURLY_WAGE",
    "COMMISION_PERCENTAGE",  # the API's own spelling
    "FEE",
    "NOT_CHOSEN",
    "PIECEWORK_WAGE",
)
WORKING_HOURS_SCHEMES = (
    "NOT_SHIFT",
    "ROUND_THE_CLOCK",
    "SHIFT_365",
    "OFFSHORE_336",
    "CONTINUOUS",
    "OTHER_SHIFT",
    "NOT_CHOSEN",
)
END_REASONS = tuple(
    f"EMPLOYMENT_END_{reason}"
    for reason in (
        "EXPIRED",
        "EMPLOYEE",
        "EMPLOYER",
        "WRONGLY_REPORTED",
        "SYSTEM_OR_ACCOUNTANT_CHANGE",
        "INTERNAL_CHANGE",
    )
)
TAX_DEDUCTION_CODES = (
    "loennFraHovedarbeidsgiver",
    "loennFraBiarbeidsgiver",
    "pensjon",
    "loennTilUtenrikstjenestemann",
    "loennKunTrygdeavgiftTilUtenlandskBorger",
    "loennKunTrygdeavgiftTilUtenlandskBorgerSomGrensegjenger",
    "introduksjonsstoenad",
    "ufoereytelserFraAndre",
)

_ALL = [
    _model(
        "Employee",
        "employee",
        _text("firstName", "lastName", longest=100, required=True),
        _shown(Kind.TEXT, "displayName"),
        _text("employeeNumber", longest=100),
        _of(Kind.DAY, "dateOfBirth"),
        _text("email", longest=100),
        _ref("phoneNumberMobileCountry", "Country"),
        _text("phoneNumberMobile", "phoneNumberHome", "phoneNumberWork", "nationalIdentityNumber", longest=100),
        _text("dnumber", longest=11),
        _of(Kind.VALUE, "internationalId", model="InternationalId"),
        _text("bankAccountNumber", longest=100),
        _text("iban", "bic"),
        _of(Kind.WHOLE, "creditorBankCountryId"),
        _of(Kind.FLAG, "usesAbroadPayment"),
        _choice("userType", "STANDARD", "EXTENDED", "NO_ACCESS"),
        _shown(
            Kind.FLAG, "allowInformationRegistration", "isProxy", "isAuthProjectOverviewURL", "vismaConnect2FAactive"
        ),
        _of(Kind.FLAG, "isContact"),
        _text("comments", longest=16777215),
        _of(Kind.PART, "address", model="Address"),
        _ref("department", "Department"),
        _of(Kind.MANY, "employments", model="Employment"),
        _shown(Kind.VALUE, "holidayAllowanceEarned"),
        _ref("employeeCategory", "EmployeeCategory"),
        _shown(Kind.WHOLE, "pictureId", "companyId"),
        back="employee",
    ),
    _model(
        "Employment",
        "employee/employment",
        _ref("employee", "Employee"),
        _text("employmentId", longest=255),
        _of(Kind.DAY, "startDate", required=True),
        _of(Kind.DAY, "endDate"),
        _choice("employmentEndReason", *END_REASONS),
        _ref("division", "Division"),
        _of(Kind.DAY, "lastSalaryChangeDate"),
        _of(Kind.FLAG, "noEmploymentRelationship", "isMainEmployer"),
        _choice("taxDeductionCode", *TAX_DEDUCTION_CODES),
        _of(Kind.MANY, "employmentDetails", model="EmploymentDetails"),
        _of(Kind.FLAG, "isRemoveAccessAtEmploymentEnded"),
        _of(Kind.REF, "latestSalary", model="EmploymentDetails", read_only=True),
        back="employment",
    ),
    _model(
        "EmploymentDetails",
        "employee/employment/details",
        _ref("employment", "Employment"),
        _of(Kind.DAY, "date"),
        _choice("employmentType", *EMPLOYMENT_TYPES),
        _choice("employmentForm", *EMPLOYMENT_FORMS),
        _of(Kind.VALUE, "maritimeEmployment", model="MaritimeEmployment"),
        _choice("remunerationType", *REMUNERATION_TYPES),
        _choice("workingHoursScheme", *WORKING_HOURS_SCHEMES),
        _of(Kind.NUMBER, "shiftDurationHours"),
        _ref("occupationCode", "OccupationCode"),
        _of(Kind.NUMBER, "percentageOfFullTimeEquivalent", required=True),
        _of(Kind.NUMBER, "annualSalary", "hourlyWage"),
        _ref("payrollTaxMunicipalityId", "Municipality"),
        _shown(Kind.NUMBER, "monthlySalary"),
    ),
    _model(
        "StandardTime",
        "employee/standardTime",
        _ref("employee", "Employee"),
        _of(Kind.DAY, "fromDate", required=True),
        _of(Kind.NUMBER, "hoursPerDay", required=True),
    ),
    _model(
        "LeaveOfAbsence",
        "employee/employment/leaveOfAbsence",
        _ref("employment", "Employment"),
        _text("importedLeaveOfAbsenceId", longest=255),
        _of(Kind.DAY, "startDate", required=True),
        _of(Kind.DAY, "endDate"),
        _of(Kind.NUMBER, "percentage", required=True),
        _of(Kind.FLAG, "isWageDeduction"),
        _choice("type", *LEAVE_TYPES),
    ),
    _model(
        "Department",
        "department",
        _text("name", longest=255, required=True),
        _text("departmentNumber", longest=100),
        _ref("departmentManager", "Employee"),
        _shown(Kind.TEXT, "displayName"),
        _of(Kind.FLAG, "isInactive"),
        _shown(Kind.WHOLE, "businessActivityTypeId"),
    ),
    _model(
        "Division",
        "division",
        _text("displayName", "name", longest=255),
        _of(Kind.DAY, "startDate", "endDate"),
        _text("organizationNumber", longest=100),
        _of(Kind.DAY, "municipalityDate"),
        _ref("municipality", "Municipality"),
    ),
    _model("OccupationCode", "employee/employment/occupationCode", _text("nameNO", "code")),
    _model(
        "Municipality",
        "municipality",
        _shown(Kind.TEXT, "number", "name", "county", "payrollTaxZone", "displayName"),
    ),
    _model(
        "Country",
        "country",
        _shown(Kind.TEXT, "name", "displayName", "isoAlpha2Code", "isoAlpha3Code", "isoNumericCode"),
    ),
    _model("EmployeeCategory", "employee/category", _text("displayName", "name", "number", "description")),
    _model(
        "Address",
        "address",
        _text("addressLine1", "addressLine2", longest=255),
        _text("postalCode", "city", longest=100),
        _ref("country", "Country"),
        _shown(Kind.TEXT, "displayName", "addressAsString", "displayNameInklMatrikkel"),
        _of(Kind.WHOLE, "knr", "gnr", "bnr", "fnr", "snr"),
        _text("unitNumber", longest=255),
    ),
    _model(
        "Entitlement",
        "employee/entitlement",
        _ref("employee", "Employee"),
        _shown(Kind.TEXT, "name"),
        _of(Kind.WHOLE, "entitlementId"),
        _ref("customer", "Company"),
    ),
    _model(
        "Company",
        "company",
        _text("name"),
        _shown(Kind.TEXT, "displayName"),
        _of(Kind.DAY, "startDate", "endDate"),
        _text("organizationNumber", "email", "phoneNumber", "phoneNumberMobile", "faxNumber"),
        _of(Kind.PART, "address", model="Address"),
        _text("type"),
        _ref("currency", "Currency"),
        _shown(Kind.FLAG, "accountantOrSimilar"),
        _text("companyMigration"),
        _of(Kind.FLAG, "invoiceShowDeliveryDate"),
    ),
    _model("Currency", "currency", _text("code")),
    _model(
        "Activity",
        "activity",
        _text("name", longest=255),
        _text("number", longest=100),
        _text("description", longest=16777215),
        [Field("activityType", Kind.CHOICE, choices=ACTIVITY_TYPES, required=True)],
        _shown(Kind.FLAG, "isProjectActivity", "isGeneral", "isTask", "isDisabled"),
        _of(Kind.FLAG, "isChargeable"),
        _of(Kind.NUMBER, "rate", "costPercentage"),
        _text("displayName"),
        _shown(Kind.FLAG, "deletable"),
    ),
    _model("Project", "project", _text("name", "number")),
    _model("Invoice", "invoice"),
    _model(
        "TimesheetEntry",
        "timesheet/entry",
        _ref("project", "Project"),
        [Field("activity", Kind.REF, "Activity", required=True), Field("date", Kind.DAY, required=True)],
        _of(Kind.NUMBER, "hours", required=True),
        _shown(Kind.NUMBER, "chargeableHours"),
        [Field("employee", Kind.REF, "Employee", required=True)],
        _shown(Kind.VALUE, "timeClocks"),
        _text("comment", longest=65535),
        _shown(Kind.FLAG, "locked", "chargeable"),
        _ref("invoice", "Invoice"),
        _shown(Kind.NUMBER, "hourlyRate", "hourlyCost", "hourlyCostPercentage"),
        _of(Kind.NUMBER, "projectChargeableHours"),
    ),
    _model(
        "MonthlyStatus",
        "timesheet/month",
        _ref("employee", "Employee"),
        _shown(Kind.VALUE, "timesheetEntries"),
        _shown(Kind.DAY, "approvedDate"),
        _shown(Kind.FLAG, "completed"),
        _ref("approvedBy", "Employee"),
        _shown(Kind.FLAG, "approved"),
        _shown(Kind.DAY, "approvedUntilDate"),
        _shown(Kind.TEXT, "monthYear"),
        _of(Kind.NUMBER, "hoursPayout", "vacationPayout"),
        _of(Kind.VALUE, "hourSummary", "flexSummary", "vacationSummary"),
    ),
    _model(
        "Week",
        "timesheet/week",
        _ref("employee", "Employee"),
        _shown(Kind.VALUE, "timesheetEntries"),
        _shown(Kind.WHOLE, "year", "week"),
        _shown(Kind.FLAG, "completed", "approved"),
        _ref("approvedBy", "Employee"),
        _shown(Kind.DAY, "approvedDate"),
    ),
    _model(
        "TimesheetSettings",
        "timesheet/settings",
        _shown(
            Kind.FLAG,
            "timeClock",
            "timesheetCompleted",
            "flexBalance",
            "vacationBalance",
            "showDetailedTimeSheet",
            "requireCommentsOnRegisteredHoursAllProjects",
        ),
        _ref("defaultProjectActivity", "Activity"),
    ),
    _model(
        "CompanyHolidays",
        "timesheet/companyHoliday",
        [Field("date", Kind.DAY, required=True), Field("percentage", Kind.NUMBER, required=True)],
    ),
    _model(
        "EmploymentType",
        "employee/employment/employmentType",
        _choice("employmentType", *EMPLOYMENT_TYPES),
        _text("nameNO", "code"),
    ),
    _model(
        "RemunerationType",
        "employee/employment/remunerationType",
        _choice("remunerationType", *REMUNERATION_TYPES),
        _text("nameNO", "code"),
    ),
    _model(
        "WorkingHoursScheme",
        "employee/employment/workingHoursScheme",
        _choice("workingHoursScheme", *WORKING_HOURS_SCHEMES),
        _text("nameNO", "code"),
    ),
    _model(
        "LeaveOfAbsenceType",
        "employee/employment/leaveOfAbsenceType",
        _choice("leaveOfAbsenceType", *LEAVE_TYPES),
        _text("nameNO", "code"),
    ),
]

MODELS = {model.name: model for model in _ALL}

# Structures without an id; their fields travel as they are.
VALUES: dict[str, frozenset[str]] = {
    "InternationalId": frozenset({"intAmeldingType", "country", "number"}),
    "MaritimeEmployment": frozenset(
        {
            "fartoeyId",
            "paamoenstringsdato",
            "avmoenstringsdato",
            "antallTimerPerYrkeskodePerMoenstring",
            "shipRegister",
            "shipType",
            "tradeArea",
        }
    ),
}
