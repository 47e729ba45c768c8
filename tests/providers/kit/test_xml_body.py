"""XML is sent as it is meant, and read without what it can hide."""

from __future__ import annotations

import pytest

from bot.providers.kit.xml_body import DEEPEST, MOST, XmlBody, read_xml, text_at

BOMB = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'
ELSEWHERE = '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><a>&a;</a>'
PARAMETER = '<!DOCTYPE a [<!ENTITY % a SYSTEM "http://127.0.0.1/a">%a;]><a/>'


def test_a_body_has_its_elements_in_their_order_and_every_text_as_it_is() -> None:
    body = XmlBody("user", {"name": "Åse <Ek> & Co", "left": None, "end": {}, "ids": {"id": ["1", "2"]}, "last": ""})
    written = body.content()
    assert b"<name>\xc3\x85se &lt;Ek&gt; &amp; Co</name><end />" in written
    root = read_xml(bytearray(written))
    assert [inner.tag for inner in root] == ["name", "end", "ids", "last"]
    assert [one.text for one in root.iter("id")] == ["1", "2"]
    assert text_at(root, "name") == "Åse <Ek> & Co"
    assert (text_at(root, "last"), text_at(root, "gone"), text_at(None, "name")) == (None, None, None)
    assert "Ek" not in repr(body)


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        ELSEWHERE,
        PARAMETER,
        "<!DOCTYPE a><a/>",
        "<a>&b;</a>",
        "<a><b></a>",
        "<a/><b/>",
        "<a>",
        "",
        '{"a": 1}',
        "<html><body>Log in</body></html>",
        "<HTML></HTML>",
        "<a>" * (DEEPEST + 1) + "</a>" * (DEEPEST + 1),
        "<a>" + "<b/>" * MOST + "</a>",
        "\x00\x01",
    ],
    ids=lambda content: content[:24] or "nothing",
)
def test_what_is_no_plain_xml_is_not_read(content: str) -> None:
    with pytest.raises(ValueError, match=r"XML|browser"):
        read_xml(content.encode())


def test_a_list_at_the_limits_is_read() -> None:
    assert len(read_xml(("<a>" + "<b/>" * 1000 + "</a>").encode())) == 1000
    assert read_xml(("<a>" * DEEPEST + "</a>" * DEEPEST).encode()).tag == "a"
    assert read_xml('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe5</a>'.encode("latin-1")).text == "å"
