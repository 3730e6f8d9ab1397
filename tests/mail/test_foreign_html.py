"""HTML of others: what stands in it stays, what could leave its place or do something goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from mail.foreign_html import harmless_body
from mail.forward import Forwarded
from mail.headers import Headers
from mail.quotation import with_quotation
from mail.template import Body
from models.wait import MessagePointer

POINTER = MessagePointer(folder="INBOX", uid_validity=1, uid=1)
PIECES = """
</div> </body> </html> </table> </td> <body> <html> <head> <table> <td> <div> <p> <b> <a> <!-- --> <!--> <![endif]
<script> </script> <style> </style> <svg> <math> <title> <textarea> <plaintext> <xmp> <template> <select> <form>
<noscript> </noscript> <frameset> <iframe> <mtext> <desc> <foreignObject> </p> x &lt; " ' > < <p/onload=x>
"""
MARKUP = st.lists(st.sampled_from(PIECES.split()), max_size=25).map("".join)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<html><head><title>t</title></head><body class=x><p>Hi</p></body></html>", "<p>Hi</p>"),
        ("</div></body></html><p>Hi</p>", "<p>Hi</p>"),
        ("<p onclick=x ONLOAD=y>Hi<!-- <b> --></p><script>x</script>", "<p>Hi</p>"),
        ('<a href=" JavaScript:x">y</a>', "<a>y</a>"),
        ('<a href="data:text/html,x">y</a><img src="data:image/png,x">', '<a>y</a><img src="data:image/png,x">'),
        ("<style>p{color:red}</style><p>Hi</p>", '<p style="color: red;">Hi</p>'),
        ('<p style="position:fixed;top:0">Hi</p>', '<p style="top:0">Hi</p>'),
        ("<base href=//evil><meta http-equiv=refresh><iframe src=x></iframe>Hi", "Hi"),
        ("<p>5 &lt; 6 &amp; 7</p>", "<p>5 &lt; 6 &amp; 7</p>"),
    ],
)
def test_the_body_stays_and_nothing_acts(html: str, expected: str) -> None:
    """No document, no program, no style for anything but itself."""
    assert harmless_body(html) == expected


@pytest.mark.parametrize("html", ["<div>" * 5000, "x" * 3_000_000, "<frameset><frame src=x></frameset>"])
def test_what_is_too_intricate_is_not_touched(html: str) -> None:
    """It goes along as the message that it is."""
    assert harmless_body(html) is None


@given(MARKUP, MARKUP)
def test_no_markup_leaves_its_place(ours: str, theirs: str) -> None:
    """Our words stay outside of the quotation, theirs inside, however often the letter is parsed."""
    body = harmless_body(f"{theirs}<p>their words")
    if body is None:
        return
    forwarded = Forwarded(POINTER, Headers.read(b"From: x"), html=body)
    html = with_quotation(Body("x", "<p id=ours>our words</p>"), forwarded).html
    document = LexborHTMLParser(html)
    assert len(document.css("div.moz-forward-container")) == 1
    assert document.body is not None
    children = [node.tag for node in document.body.iter()]
    assert children == ["p", "div"]
    assert not document.css("script, style, iframe, template, plaintext, [onload], [onclick]")
    assert with_quotation(Body("x", f"<p>{ours}"), forwarded).html
