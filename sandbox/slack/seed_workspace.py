"""The default company: a small Nordic one, with one person for each kind of right and language."""

from sandbox.slack.workspace import Channel, Role, User, Workspace

_PEOPLE = (
    User("U01ASTRID", "astrid", "Astrid Lindqvist", Role.OWNER, "sv-SE", is_primary_owner=True),
    User("U02HENRIK", "henrik", "Henrik Solberg", Role.ADMIN, "nb-NO", "Europe/Oslo"),
    User("U03MAJAOB", "maja", "Maja Öberg", Role.MEMBER, "sv-SE"),
    User("U04OLIVER", "oliver", "Oliver Hart", Role.MEMBER, "en-GB", "Europe/London"),
    User("U05INGRID", "ingrid", "Ingrid Dahl", Role.GUEST, "nb-NO", "Europe/Oslo"),
)
_BOT_ID = "U00APPBOT"


def default_workspace(bot_name: str) -> Workspace:
    """A fresh workspace: public channels with and without the bot, a private one without, an archived one."""
    bot = User(_BOT_ID, bot_name.lower().replace(" ", "_"), bot_name, is_bot=True)
    astrid, henrik, maja, oliver, ingrid = (person.id for person in _PEOPLE)
    staff = {astrid, henrik, maja, oliver}
    channels = [
        Channel("C01GENERAL", "general", set(staff), topic="Everyone, everything"),
        Channel("C02PAYROLL", "payroll", {*staff, bot.id}, topic="Payroll: runs, questions, deadlines"),
        Channel("C03HRTEAM0", "hr-team", {astrid, henrik, maja}, topic="The bot is not invited here yet"),
        Channel(
            "C04SALARIES",
            "salary-review",
            {astrid, henrik},
            is_private=True,
            topic="Private, without the bot",
        ),
        Channel("C05PARTNER", "partner-desk", {henrik, oliver, ingrid}, topic="With our guests"),
        Channel("C06ARCHIVE", "payroll-2024", {astrid, henrik}, is_archived=True, topic="Closed"),
    ]
    for number, person in enumerate(_PEOPLE, start=1):
        members = {person.id, bot.id}
        channels.append(Channel(f"D{number:02d}{person.id[3:]}", "", members, im_with=person.id))
    for channel in channels:
        channel.creator = astrid
    return Workspace(
        team_id="T01NORDLIND",
        name="Nordlind",
        domain="nordlind",
        app_id="A01SANDBOX",
        bot_id="B01SANDBOX",
        bot=bot,
        users={user.id: user for user in (*_PEOPLE, bot)},
        channels={channel.id: channel for channel in channels},
    )
