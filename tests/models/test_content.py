"""EmailContent: a text, its HTML, or a template."""

from collections.abc import Callable

import pytest

from models.content import EmailContent, is_html
from models.send import SendEmailRequest
from tests.models.conftest import Refusal

Send = Callable[..., SendEmailRequest]


@pytest.mark.parametrize(
    "text",
    ["<p>Hello</p>", "Hello<br>you", "<!DOCTYPE html><html>", 'see <a href="https://example.org">this</a>', "<BR/>"],
)
def test_a_string_with_markup_is_html(text: str) -> None:
    """As far as people put tags into mail."""
    assert is_html(text)


@pytest.mark.parametrize("text", ["Hello", "a < b > c", "write to <jane@example.org>", "x<y", "<script.py>", "<3"])
def test_a_string_without_markup_is_text(text: str) -> None:
    """Angle brackets alone are no markup."""
    assert not is_html(text)


@pytest.mark.parametrize(
    "given",
    [
        "Hello",
        {"text": "Hello"},
        {"Content": "Hello"},
        {"Content": None, "text": "Hello"},
        ' {"Content": "Hello", "HtmlTemplateName": null}',
    ],
)
def test_a_text_comes_in_several_spellings(send_request: Send, given: object) -> None:
    """A string, our name, the SOAR's name, and a SOAR's object as a string."""
    assert send_request(content=given).content == EmailContent(text="Hello")


@pytest.mark.parametrize("given", ["<p>Hello</p>", {"html": "<p>Hello</p>"}, {"Content": "<p>Hello</p>"}])
def test_html_comes_in_several_spellings(send_request: Send, given: object) -> None:
    """A string, our name, the SOAR's name."""
    assert send_request(content=given).content == EmailContent(html="<p>Hello</p>")


@pytest.mark.parametrize("name", ["template", "ContentTemplateName", "HtmlTemplateName"])
def test_a_template_comes_in_several_spellings(send_request: Send, name: str) -> None:
    """With its variables; what the SOAR leaves empty is not given."""
    content = send_request(content={name: "phishing", "variables": {"user": "Jane"}, "Content": ""}).content
    assert (content.template, content.variables) == ("phishing", {"user": "Jane"})


@pytest.mark.parametrize("given", ["{}", '{"verdict": "benign"}', '{"Content": "Hello', "{{ name }}", '{"text": 1}x'])
def test_a_letter_may_say_json(send_request: Send, given: str) -> None:
    """What is no content in JSON is the text itself."""
    assert send_request(content=given).content == EmailContent(text=given)


def test_text_and_html_may_come_together(send_request: Send) -> None:
    """Each client shows what it can."""
    content = send_request(content={"text": "Hello", "html": "<p>Hello</p>"}).content
    assert (content.text, content.html) == ("Hello", "<p>Hello</p>")


@pytest.mark.parametrize("given", ["", "  ", {}, {"text": ""}, {"Content": None}, {"variables": {"user": "Jane"}}])
def test_a_letter_that_says_nothing_is_refused(send_request: Send, refusal: Refusal, given: object) -> None:
    """And told what may be given."""
    assert "give text, html or template" in refusal(send_request, content=given).message


@pytest.mark.parametrize("given", [None, 5, ["Hello"], True])
def test_what_is_no_content_is_refused(send_request: Send, refusal: Refusal, given: object) -> None:
    """The field is named."""
    assert "content: " in refusal(send_request, content=given).message


def test_a_misspelt_part_is_told_the_nearest_name(send_request: Send, refusal: Refusal) -> None:
    """Also inside of an argument."""
    assert "content.txt: unknown name; did you mean 'text'?" in refusal(send_request, content={"txt": "Hello"}).message
