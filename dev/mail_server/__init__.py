"""A mail server inside this process, for demo and tests: `async with EmbeddedMail(…) as mail: …`."""

from dev.mail_server.embedded import EmbeddedMail, OnMail

__all__ = ["EmbeddedMail", "OnMail"]
