"""A provider's name is worth a dozen settings, and none that is given."""

from typing import Any

import pytest
from pydantic import ValidationError

from mail.account import Account

APP = {"tenant": "contoso.onmicrosoft.com", "client_id": "app", "client_secret": "s3cret"}
USER = {"client_id": "app", "client_secret": "s3cret", "refresh_token": "r3fresh"}


def account(provider: str, **settings: Any) -> Account:
    """The settings as a file with the provider's name has them."""
    return Account.model_validate({"provider": provider, "address": "soc@example.org", **settings})


def test_microsoft_needs_an_app_and_an_address() -> None:
    """Servers, encryption, names, budgets, token server and scope are Microsoft's."""
    soc = account("microsoft", oauth=APP)
    assert soc.smtp
    assert (soc.smtp.host, soc.smtp.port, soc.smtp.security) == ("smtp.office365.com", 587, "starttls")
    assert (soc.smtp.connections, soc.smtp.messages_per_minute) == (3, 30)
    assert soc.imap
    assert (soc.imap.host, soc.imap.port, soc.imap.security) == ("outlook.office365.com", 993, "tls")
    assert soc.smtp.username == soc.imap.username == "soc@example.org"
    assert soc.sent_copy == "server"
    assert soc.oauth
    assert soc.oauth.token_url == "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token"
    assert soc.oauth.scope == "https://outlook.office365.com/.default"


def test_google_needs_an_address_and_a_password() -> None:
    """All connections together are fewer than the fifteen that Gmail admits."""
    soc = account("google", smtp={"password": "app password"}, imap={"password": "app password"})
    assert soc.smtp
    assert soc.imap
    assert (soc.smtp.host, soc.imap.host) == ("smtp.gmail.com", "imap.gmail.com")
    assert soc.imap.password.get_secret_value() == "app password"
    assert soc.imap.connections + soc.imap.watch_connections < 15
    assert (soc.oauth, soc.sent_copy) == (None, "server")


@pytest.mark.parametrize(
    ("provider", "oauth", "scope"),
    [
        ("microsoft", USER, "IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"),
        ("google", USER, ""),
        ("google", {"service_account": "KEY"}, "https://mail.google.com/"),
    ],
)
def test_the_scope_follows_from_the_grant(provider: str, oauth: dict[str, str], scope: str, key_file: str) -> None:
    """A user's refresh token, an app of its own right, and a service account ask for different things."""
    given = {name: key_file if value == "KEY" else value for name, value in oauth.items()}
    asked = account(provider, oauth=given).oauth
    assert asked
    assert asked.scope.endswith(scope)
    assert bool(asked.scope) is bool(scope)


def test_what_is_given_wins() -> None:
    """Sovereign clouds have other names, and somebody may want less or more."""
    url = "https://login.microsoftonline.us/t/oauth2/v2.0/token"
    soc = account(
        "microsoft",
        smtp={"host": "smtp.office365.us", "messages_per_minute": "10"},
        imap={"username": "shared@example.org", "watch_connections": 5},
        oauth={"client_id": "app", "token_url": url, "scope": "x"},
        sent_copy="auto",
    )
    assert soc.smtp
    assert (soc.smtp.host, soc.smtp.port, soc.smtp.messages_per_minute) == ("smtp.office365.us", 587, 10)
    assert soc.imap
    assert (soc.imap.username, soc.imap.watch_connections) == ("shared@example.org", 5)
    assert soc.oauth
    assert (soc.oauth.token_url, soc.oauth.scope, soc.sent_copy) == (url, "x", "auto")


@pytest.mark.parametrize(
    ("provider", "oauth", "words"),
    [
        ("microsoft", {"client_id": "app"}, "tenant"),
        ("microsoft", APP | {"tenant": "evil.example/x?"}, "tenant"),
        ("microsoft", None, "needs an oauth section"),
        ("yahoo", {}, "'microsoft' or 'google'"),
    ],
)
def test_what_no_provider_can_fill_in_is_said(provider: str, oauth: dict[str, str] | None, words: str) -> None:
    """With the names of the settings, without their values."""
    with pytest.raises(ValidationError, match=words) as refused:
        account(provider, oauth=oauth)
    assert "s3cret" not in str(refused.value)
