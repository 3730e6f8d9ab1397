"""What the large providers have in common for all their customers; docs/providers.md names the sources."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from models.json import is_object

Provider = Literal["microsoft", "google"]
# Entra ID's names for "any organisation", good enough for refresh tokens.
ANY_TENANT = "organizations"

_Section = Mapping[str, Any]

_SERVERS: Mapping[str, Mapping[str, _Section]] = {
    "microsoft": {
        "smtp": {
            "host": "smtp.office365.com",
            "port": 587,
            "security": "starttls",
            "connections": 3,
            "messages_per_minute": 30,
        },
        # Exchange Online names no number of IMAP connections; it throttles.
        "imap": {"host": "outlook.office365.com", "port": 993, "security": "tls"},
    },
    "google": {
        "smtp": {"host": "smtp.gmail.com", "port": 587, "security": "starttls"},
        # Fifteen in all; one is left for a ping.
        "imap": {
            "host": "imap.gmail.com",
            "port": 993,
            "security": "tls",
            "connections": 4,
            "watch_connections": 10,
        },
    },
}
_GOOGLE_SCOPE = "https://mail.google.com/"
_MICROSOFT_APP_SCOPE = "https://outlook.office365.com/.default"
_MICROSOFT_USER_SCOPE = (
    "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
)


def completed(account: _Section) -> dict[str, Any]:
    """The settings of an account, with what its provider is known for wherever they say nothing themselves."""
    provider = account.get("provider")
    if not isinstance(provider, str) or provider not in _SERVERS:
        return dict(account)
    # Both file a copy of their own of what comes by SMTP; a second one would be ours.
    complete: dict[str, Any] = {"sent_copy": "server", **account}
    for name, server in _SERVERS[provider].items():
        complete[name] = _beneath(account.get(name, {}), {"username": account.get("address", ""), **server})
    if is_object(oauth := account.get("oauth")):
        complete["oauth"] = _beneath(oauth, _TOKENS[provider](oauth))
    return complete


def _beneath(given: Any, known: _Section) -> Any:
    """What is given counts, whatever is known."""
    return {**known, **given} if is_object(given) else given


def _microsoft_tokens(oauth: _Section) -> _Section:
    for_user = _has(oauth, "refresh_token")
    tenant = oauth.get("tenant") or (ANY_TENANT if for_user else "")
    if not (tenant or "token_url" in oauth):
        raise ValueError("oauth.tenant: the directory (tenant) ID is needed where there is no refresh token")
    return {
        "token_url": f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        "scope": _MICROSOFT_USER_SCOPE if for_user else _MICROSOFT_APP_SCOPE,
    }


def _google_tokens(oauth: _Section) -> _Section:
    # RFC 6749 §6: without a scope, a refresh token gives what was granted with it.
    scope = _GOOGLE_SCOPE if _has(oauth, "service_account") else ""
    return {"token_url": "https://oauth2.googleapis.com/token", "scope": scope}


_TOKENS: Mapping[str, Callable[[_Section], _Section]] = {"microsoft": _microsoft_tokens, "google": _google_tokens}


def _has(oauth: _Section, secret: str) -> bool:
    return bool(oauth.get(secret) or oauth.get(f"{secret}_file"))
