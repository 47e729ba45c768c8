"""What the bot and its stand-ins use of each system: the calls, and the shapes that need a word more."""

from __future__ import annotations

SIMPLOYER_READ = (
    "company", "employee", "department", "office", "team", "employee-team-reference", "compensation", "employment",
    "employment-type", "cost-center", "leave", "leave-type", "leave-transaction", "child", "timesheet",
    "timesheet-entry", "timesheet-entry-type", "work-week", "additional-compensation", "bonus-compensation",
)  # fmt: skip
SIMPLOYER = (*(f"GET /{name}" for name in SIMPLOYER_READ), "GET /leave/{id}", "GET /leave-transaction/{id}",
             "POST /employee")  # fmt: skip

PAXML = ("header", "tidtransaktioner", "schematransaktioner", "personal")
TRIPLETEX = (
    "POST /token/session/:create",
    "PUT /token/session/:create",
    "DELETE /token/session/{token}",
    "GET /token/session/>whoAmI",
    "GET /company/>withLoginAccess",
    "GET /company/{id}",
    "POST /employee/list",
    *(
        f"{method} {path}"
        for path in (
            "/employee",
            "/employee/employment",
            "/employee/employment/details",
            "/employee/employment/leaveOfAbsence",
            "/employee/standardTime",
        )
        for method, path in (("GET", path), ("POST", path), ("GET", f"{path}/{{id}}"), ("PUT", f"{path}/{{id}}"))
    ),
    *("GET /activity", "GET /activity/{id}", "GET /timesheet/settings", "GET /timesheet/companyHoliday"),
    *("GET /timesheet/month/byMonthNumber", "GET /timesheet/month/byMonthNumberList", "GET /timesheet/week"),
    *("GET /timesheet/entry", "POST /timesheet/entry"),
    *(f"{method} /timesheet/entry/{{id}}" for method in ("GET", "PUT", "DELETE")),
    "GET /employee/employment/leaveOfAbsenceType",
    "GET /employee/employment/occupationCode",
    "GET /employee/employment/occupationCode/{id}",
    "GET /employee/employment/employmentType",
    "GET /employee/employment/employmentType/employmentFormType",
    "GET /employee/employment/employmentType/employmentEndReasonType",
    "GET /employee/employment/remunerationType",
    "GET /employee/employment/workingHoursScheme",
    "GET /employee/entitlement",
    "GET /employee/category",
    "GET /department",
    "GET /department/{id}",
    "GET /division",
    "GET /municipality",
    "GET /country",
)
WRITTEN = (
    "Employee", "Address", "Employment", "EmploymentDetails", "StandardTime", "LeaveOfAbsence", "TimesheetEntry",
    "Activity", "CompanyHolidays",
)  # fmt: skip
"""Shapes of Tripletex whose lengths and required properties only an older version states."""

_NAMED = ("id", "version", "changes", "url")
ELSEWHERE = {"Project": (*_NAMED, "name", "number"), "Invoice": _NAMED, "TimeClock": _NAMED}
"""Shapes of Tripletex that an hour refers to, and that nobody here reads or writes more of."""

VISMA_NET = (
    "GET /employees",
    "POST /employees/withPosition",
    "GET /employees/{employeeId}",
    "PUT /employees/{employeeId}",
    "GET /employees/jobs",
    "GET /employees/jobs/{id}",
    "GET /employees/{employeeId}/positions",
    "POST /employees/{employeeId}/positions",
    "GET /employees/{employeeId}/positions/{positionId}",
    "PUT /employees/{employeeId}/positions/{positionId}",
    "GET /employees/{employeeId}/positions/jobs",
    "GET /employees/{employeeId}/positions/jobs/{id}",
    "GET /taxUnits",
    "GET /workTimeAgreements",
)
"""Put together from Visma's change log, questions and answers, and sample code; the official description is closed."""

POWEROFFICE_GO = (
    "GET /ClientIntegrationInformation",
    *(f"{method} /Employees" for method in ("GET", "POST")),
    *(f"{method} /Employees/{{employeeId}}" for method in ("GET", "PATCH", "DELETE")),
    "GET /Employees/Employments",
    *(f"{method} /Employees/{{employeeId}}/Employments" for method in ("GET", "POST")),
    *(f"{method} /Employees/{{employeeId}}/Employments/{{employmentId}}" for method in ("GET", "PATCH", "DELETE")),
    *(
        f"{method} /Employees/Employments/{{employmentId}}/{path}"
        for lines, line in (
            ("Salaries", "salaryId"),
            ("FtePercentages", "ftePercentageId"),
            ("Leaves", "leaveId"),
        )
        for path, methods in ((lines, ("GET", "POST")), (f"{lines}/{{{line}}}", ("GET", "PATCH", "DELETE")))
        for method in methods
    ),
    "PATCH /Employees/{employeeId}/BankAccounts",
    "GET /ContactBankAccounts",
    "POST /ContactBankAccounts/{contactId}",
    "GET /Departments",
    "GET /Enterprises",
    "GET /PayrollSettings",
    "GET /SubLedgerNumberSeries",
)
PATCHED = {
    "PATCH /Employees/{employeeId}": "EmployeePatchDto",
    "PATCH /Employees/{employeeId}/BankAccounts": "EmployeeBankAccountsPatchDto",
    "PATCH /Employees/{employeeId}/Employments/{employmentId}": "EmploymentPatchDto",
    "PATCH /Employees/Employments/{employmentId}/Salaries/{salaryId}": "EmploymentSalaryPatchDto",
    "PATCH /Employees/Employments/{employmentId}/FtePercentages/{ftePercentageId}": "EmploymentFtePercentagePatchDto",
    "PATCH /Employees/Employments/{employmentId}/Leaves/{leaveId}": "EmploymentLeavePatchDto",
}
"""Which fields each change may name, by the shape that the description gives them."""

PAYROLL_DEFAULTS = ("EmploymentType", "FullTimeHoursPerWeek", "RemunerationType", "TaxRule", "WorkingHoursArrangement")

FORTNOX = (
    "GET /3/companyinformation",
    "GET /3/costcenters",
    *(f"{method} /3/employees" for method in ("GET", "POST")),
    *(f"{method} /3/employees/{{EmployeeId}}" for method in ("GET", "PUT")),
    *(f"{method} /3/absencetransactions" for method in ("GET", "POST")),
    *(f"{method} /3/absencetransactions/{{id}}" for method in ("GET", "PUT", "DELETE")),
)
FORTNOX_LISTS = ("GET /3/employees", "GET /3/costcenters", "GET /3/absencetransactions")
"""How any list is asked for is published apart from the description, on the page on parameters."""

FORTNOX_EMPLOYEE = (
    "EmployeeId", "PersonalIdentityNumber", "FirstName", "LastName", "FullName", "Address1", "Address2", "PostCode",
    "City", "Country", "Phone1", "Phone2", "Email", "EmploymentDate", "EmployedTo", "EmploymentForm", "SalaryForm",
    "PersonelType", "JobTitle", "ScheduleId", "CostCenter", "Project", "ClearingNo", "BankAccountNo", "TaxTable",
    "TaxAllowance", "TaxColumn", "MonthlySalary", "HourlyPay", "AverageWeeklyHours", "AverageHourlyWage",
    "NonRecurringTax", "AutoNonRecurringTax", "PayslipType", "ForaType", "FullTimeEquivalent", "Inactive",
    "DatedWages", "DatedSchedules",
)  # fmt: skip
"""Of an employee's hundred fields, those that anybody here reads, writes or leaves alone on purpose."""

SPIRIS_KINDS = ("sickleave", "careofsickchild", "holiday", "parentalleave", "otherabsence")
SPIRIS_LON = (
    "GET /v2/payrollsettings",
    "GET /v2/employees",
    "POST /v2/employees",
    "GET /v2/employees/{employeeId}",
    *(f"POST /v2/shortcuts/{kind}" for kind in SPIRIS_KINDS),
    *(f"{method} /v2/shortcuts/{kind}/{{shortcutId}}" for kind in SPIRIS_KINDS for method in ("GET", "PUT", "DELETE")),
    *(f"GET /v2/shortcuts/{kind}/{{startDate}}/{{endDate}}" for kind in SPIRIS_KINDS),
)
SPIRIS_SETTINGS = ("CompanyName", "CompanyRegistrationNumber")
"""Of a company's settings, which were read from the same description later on, those that anybody here reads."""

TWENTYFOUR_SEVEN_OFFICE = {
    "GET /auth": None,
    "GET /organization/v2": "Organization",
    "GET /employee/v2": "Employee",
    "POST /employee/v2": "Employee",
    "GET /employee/v2/{empId}": "Employee",
    "POST /employee/v2/{empId}": "Employee",
    "GET /employment/v2/{empId}": "Employment",
    "POST /employment/v2/{empId}": "Employment",
    "GET /dimension/v2": "Dimension",
    "GET /dimension/v2/{dimid}": "DimensionValue",
    "GET /absencetypes/v2": "AbsenceType",
    "GET /absence/v2": "Absence",
    "GET /absence/v2/{empId}": "Absence",
    "POST /absence/v2": "Absence",
}
"""Its description has no shapes but examples: what each call is about, whose example is the one of the first GET."""


KLEER = (
    "company-information", "user", "users", "payroll-user-readable", "payroll-user-writable", "dimensions",
    "dimension-entries", "user-authentication", "accessible-companies", "payroll-event", "payroll-events", "created",
    "saved", "ok", "error",
)  # fmt: skip

MANIFEST = {
    "manifest": ("_metadata", "display_information", "features", "oauth_config", "settings", "functions"),
    "app-manifests.v1.features.schema": ("app_home", "bot_user", "slash_commands"),
    "app-manifests.v1.settings.schema": (
        "event_subscriptions", "interactivity", "org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled",
        "function_runtime",
    ),
}  # fmt: skip
