"""What the person who installs the app sees in the browser, in the language that the browser asks for."""

from __future__ import annotations

import base64
import hashlib
import html
import re

from bot.locales import Translator, language_of, translator

FALLBACK = language_of(None)

ROTATION = "token_rotation"

REASONS = (
    *("access_denied", "invalid_browser", "invalid_state", "missing_code", "invalid_code", "storage_error"),
    ROTATION,
)
"""Why an installation can fail, as Bolt and Slack name it; texts `install.failed.<reason>`."""

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 4rem auto; padding: 0 1.5rem; color: #1d1c1d }
a.go { display: inline-block; background: #1f3a4d; color: #fff; padding: .6rem 1rem; border-radius: .3rem }
"""

PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: a page loads nothing, and has no style but its own."""

LONGEST_REASON = 40

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body><main><h1>{title}</h1>{body}</main></body>
</html>
"""


def accepted(header: str) -> Translator:
    """The translator for an Accept-Language header: its first language that we speak. Browsers list by preference."""
    for part in header.split(","):
        tag = part.split(";")[0].strip().lower()
        language = language_of(tag)
        if language != FALLBACK or tag.split("-")[0] == FALLBACK:
            return translator(language)
    return translator(FALLBACK)


def begin_page(t: Translator, url: str) -> str:
    """The page before Slack's own: what is installed, and the way there."""
    return _page(t, t("install.title"), _said(t("install.text")) + _link(url, t("install.go")))


def installed_page(t: Translator, team: str, app_id: str, team_id: str) -> str:
    """The app is installed: what to type next."""
    link = _link(f"slack://app?team={team_id}&id={app_id}", t("install.done.go")) if app_id and team_id else ""
    return _page(t, t("install.done.title"), _said(t("install.done.text", team=team)) + link)


def organisation_page(t: Translator, organisation: str, app_id: str, enterprise_id: str) -> str:
    """The app is installed in an organisation, and so in no workspace yet: where its admin adds it to some.

    Source: api.slack.com/enterprise/apps/reference.
    """
    link = ""
    if app_id:
        url = f"https://app.slack.com/manage/{enterprise_id}/integrations/profile/{app_id}/workspaces/add"
        link = _link(url, t("install.organisation.go"))
    return _page(t, t("install.done.title"), _said(t("install.organisation.text", organisation=organisation)) + link)


def plain_reason(reason: str) -> str:
    """A reason as it may be shown and logged. It stands in an address that anyone can write: one word."""
    return reason if re.fullmatch(rf"[a-z_]{{1,{LONGEST_REASON}}}", reason) else "unknown"


def failed_page(t: Translator, reason: str, again: str) -> str:
    """The app is not installed: why, and the way to try again. An unknown reason is named in Slack's own word."""
    known = reason if reason in REASONS else "other"
    body = _said(t(f"install.failed.{known}", reason=plain_reason(reason))) + _link(again, t("install.failed.go"))
    return _page(t, t("install.failed.title"), body)


def copied_page(t: Translator, said: str) -> str:
    """Somebody has come back from a vendor's page: what they carry into Slack. It stands in no address that is kept."""
    copied = f'<p><textarea rows="4" cols="60" readonly>{html.escape(said)}</textarea></p>'
    return _page(t, t("consent.page.title"), _said(t("consent.page.text")) + copied)


def _page(t: Translator, title: str, body: str) -> str:
    return _PAGE.format(style=_STYLE, language=t.language, title=html.escape(title), body=body)


def _said(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _link(url: str, label: str) -> str:
    return f'<p><a class="go" href="{html.escape(url)}">{html.escape(label)}</a></p>'
