"""Long texts are cut where it does no harm."""

from __future__ import annotations

import pytest

from bot.views.mrkdwn import cut_md


@pytest.mark.parametrize(
    "tail", ["&lt;", "&gt;", "&amp;", "<@U01ASTRID>", "<https://example.com/a?b&amp;c|name>", "<!date^1^{time}|9>"]
)
def test_mrkdwn_is_cut_between_its_parts(tail: str) -> None:
    for at in range(1, len(tail) + 2):
        kept = cut_md("x" * (3000 - at) + tail + "y" * 10, 3000)
        assert len(kept) <= 3000
        assert kept.rstrip("…").lstrip("x") in ("", tail, tail + "y"), kept[-40:]


def test_what_fits_is_left_alone() -> None:
    assert cut_md("a < b & c", 9) == "a < b & c"
    assert cut_md("&lt;" * 3, 12) == "&lt;" * 3
