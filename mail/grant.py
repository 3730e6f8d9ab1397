"""What a token server is asked with: one of three grants (RFC 6749 §4.4, §6; RFC 7523 §2.1)."""

from collections.abc import Mapping

from pydantic import SecretStr

from mail.account import OAuth
from mail.service_account import ServiceAccount

_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def grant(oauth: OAuth, mailbox: str, refresh_token: SecretStr) -> Mapping[str, str]:
    """The form to post: for the service account if there is one, else with the refresh token, else for the client."""
    if oauth.service_account.get_secret_value():
        return {"grant_type": _JWT_BEARER, "assertion": _assertion(oauth, mailbox)}
    refresh = refresh_token.get_secret_value()
    asked = {"grant_type": "refresh_token" if refresh else "client_credentials", "refresh_token": refresh}
    client = {"client_id": oauth.client_id, "client_secret": oauth.client_secret.get_secret_value()}
    return {name: value for name, value in {**asked, **client, "scope": oauth.scope}.items() if value}


def _assertion(oauth: OAuth, mailbox: str) -> str:
    account = ServiceAccount.read(oauth.service_account)
    return account.assertion(subject=oauth.subject or mailbox, scope=oauth.scope, audience=oauth.token_url)
