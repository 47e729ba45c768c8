"""The resources of the Simployer One API, declared: fields, what can be selected, relations.

Source: the published OpenAPI description "v1-preview" of docs.alexishr.com (2024-03) with the fields
that the newer documentation pages add to employee and leave.

A resource's fields are written as words: `name:kind` (text where no kind is given) followed by marks:
`=` set by the system and never written by a client, `!` required on create, `~` in the answer but not
in the documented `select`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a field holds. Both `date` (a calendar day) and `instant` travel as date-time strings."""

    TEXT = "text"
    ID = "id"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    INSTANT = "instant"
    OBJECT = "object"


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind
    own: bool = False
    required: bool = False
    selectable: bool = True


@dataclass(frozen=True)
class Relation:
    """Rows of `resource` whose `foreign` field equals our `local` field."""

    resource: str
    local: str
    foreign: str = "id"


@dataclass(frozen=True)
class Resource:
    name: str
    fields: dict[str, Field]
    relations: dict[str, Relation] = field(default_factory=dict)
    writable: bool = True
    served: bool = True

    @property
    def selectable(self) -> list[str]:
        return [f.name for f in self.fields.values() if f.selectable]


_WORD = re.compile(r"(?P<name>\w+)(?::(?P<kind>\w+))?(?P<marks>[=!~]*)")


def _resource(
    name: str,
    words: str,
    relations: dict[str, Relation] | None = None,
    *,
    writable: bool = True,
    served: bool = True,
) -> Resource:
    fields = {}
    for word in words.split():
        match = _WORD.fullmatch(word)
        if match is None:
            raise ValueError(f"{name}: cannot read the field {word!r}")
        marks = match["marks"]
        fields[match["name"]] = Field(
            match["name"], Kind(match["kind"] or "text"), "=" in marks, "!" in marks, "~" not in marks
        )
    return Resource(name, fields, relations or {}, writable, served)


_OF_EMPLOYEE = {"employee": Relation("employee", "employeeId")}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEK = " ".join(f"{day}:object!~" for day in _DAYS)

_ALL = [
    _resource(
        "company",
        "id:id= name~ orgNumber~ billableUsers:number~ vatNumber~ phone~ email~ legalName~ logoUrl~ "
        "backgroundUrl~ offboardDate~",
        writable=False,
    ),
    _resource(
        "employee",
        "title id:id= active:boolean= companyId:id= officeId:id managerEmployeeId:id departmentId:id "
        "costCenterId:id employmentId:id= employmentTypeId:id= employmentCountry= compensationId:id= userId:id= "
        "userName division organization tax:object~ employeeNumber workEmail workPhone workPhoneSanitized= "
        "hireDate:date= endDate:date= hasOccupationalPension:boolean privateEmail firstName lastName ssn "
        "privatePhone privatePhoneSanitized= birthDate:date age:number= avatarUrl~ nationality gender pronoun "
        "bankAccount:object~ homeAddress:object~ custom:object~ created:instant= updated:instant= "
        "effectiveCostCenterId:id= organizationId:id ssnCountry offboardDate:date=",
        {
            "office": Relation("office", "officeId"),
            "costCenter": Relation("cost-center", "costCenterId"),
            "effectiveCostCenter": Relation("cost-center", "effectiveCostCenterId"),
            "child": Relation("child", "id", "employeeId"),
            "department": Relation("department", "departmentId"),
            "emergencyContact": Relation("emergency-contact", "id", "employeeId"),
            "employment": Relation("employment", "employmentId"),
            "employmentType": Relation("employment-type", "employmentTypeId"),
            "compensation": Relation("compensation", "compensationId"),
            "managerEmployee": Relation("employee", "managerEmployeeId"),
            "teamReference": Relation("employee-team-reference", "id", "employeeId"),
        },
    ),
    _resource(
        "department",
        "description~ id:id= companyId:id= name! costCenterId:id effectiveCostCenterId:id= parentId:id",
        {
            "costCenter": Relation("cost-center", "costCenterId"),
            "effectiveCostCenter": Relation("cost-center", "effectiveCostCenterId"),
        },
    ),
    _resource("office", "id:id= companyId:id= name! phone! email! timezone! CFAR! SCB! SNI!"),
    _resource("team", "description id:id= companyId:id= name! bgColor! fgColor!"),
    _resource(
        "employee-team-reference",
        "id:id= companyId:id! teamId:id! userId:id! employeeId:id!",
        {**_OF_EMPLOYEE, "team": Relation("team", "teamId"), "user": Relation("user", "userId")},
    ),
    _resource(
        "compensation",
        "id:id= employeeId:id! companyId:id amount:number! effectiveDate:date! baseAmount:number= "
        "exchangeRate:number= currency! payoutDay:number! payoutPeriod! payoutFrequency! salarySchedule "
        "paidOvertime:boolean! note",
    ),
    _resource(
        "employment",
        "id:id= companyId:id= employeeId:id! typeId:id! startDate:date! endDate:date updated:instant= "
        "effectiveEndDate:date terminated:boolean! rate:number! note country!",
        {**_OF_EMPLOYEE, "type": Relation("employment-type", "typeId")},
    ),
    _resource("employment-type", "id:id= companyId:id= name! vacation:boolean! country! maxMonths:number"),
    _resource("cost-center", "id:id= companyId:id= code! name"),
    _resource(
        "leave",
        "description~ id:id= employeeId:id! typeId:id! status= duration! startDate:date! endDate:date! "
        "gradePercentage:number",
        {**_OF_EMPLOYEE, "type": Relation("leave-type", "typeId")},
    ),
    _resource(
        "leave-type",
        "id:id= name! kind minimumDuration deductible:boolean paid:boolean disabled:boolean archived:boolean",
        {"leaveTypeCode": Relation("leave-type-code", "id", "leaveTypeId")},
    ),
    _resource(
        "leave-transaction",
        "description id:id= parent:object~ status~ leaveTypeId:id employeeId:id childId:id date:date hours:number "
        "extent:number",
        {
            **_OF_EMPLOYEE,
            "child": Relation("child", "childId"),
            "leaveType": Relation("leave-type", "leaveTypeId"),
        },
        writable=False,
    ),
    _resource("child", "id:id= employeeId:id! name! birthdate:date!"),
    _resource(
        "timesheet",
        "id:id= status startDate:date endDate:date localCutOffDate:instant utcCutOffDate:instant "
        "approvalDeadlineDate:instant interval note approverEmployeeId:id employeeId:id submitDate:instant "
        "approvalDate:instant rejectedDate:instant updated:instant= timezone",
        {**_OF_EMPLOYEE, "approverEmployee": Relation("employee", "approverEmployeeId")},
        writable=False,
    ),
    _resource(
        "timesheet-entry",
        "id:id= timesheetId:id= typeId:id! employeeId:id! date:date! updated:instant= status= minutes:number! note",
        {
            **_OF_EMPLOYEE,
            "timesheet": Relation("timesheet", "timesheetId"),
            "type": Relation("timesheet-entry-type", "typeId"),
        },
    ),
    _resource("timesheet-entry-type", "id:id= name kind", writable=False),
    _resource(
        "work-week",
        "id:id= companyId:id= officeId:id employeeId:id effectiveFrom:date! effectiveTo:date~ timezone! "
        "duration:number! " + _WEEK,
        {**_OF_EMPLOYEE, "office": Relation("office", "officeId")},
    ),
    _resource(
        "additional-compensation",
        "id:id= companyId:id= employeeId:id userId:id name amount:number currencyId:id currency effectiveDate:date "
        "endDate:date payoutDay:number payoutPeriod payoutFrequency salarySchedule note salaryCode",
        writable=False,
    ),
    _resource(
        "bonus-compensation",
        "id:id= companyId:id= employeeId:id userId:id name amount:number payoutDate:date currencyId:id note",
        writable=False,
    ),
    # Reached through relations alone; the API has no path for these three.
    _resource("emergency-contact", "id:id= employeeId:id fullName relationship phone email", served=False),
    _resource("leave-type-code", "id:id= companyId:id= leaveTypeId:id code", served=False),
    _resource("user", "id:id= locale systemRole", served=False),
]

RESOURCES = {resource.name: resource for resource in _ALL}
