"""Durable mail for SOARs: one typed action per thing one does with mail."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Self

from temporalio.client import Client
from temporalio.contrib.opentelemetry import TracingInterceptor

from client.action import Action, WaitAction
from client.connection import connected
from client.ids import anew, once
from client.waits import Waits
from codec import client_data_converter, encrypted
from encryption import Encryption
from workflows.delete import DeleteEmail
from workflows.download import DownloadEmailAttachments
from workflows.forward import ForwardEmail
from workflows.move import MoveEmailToFolder
from workflows.ping import Ping
from workflows.save import SaveEmailAttachmentsToCase
from workflows.search import SearchEmail
from workflows.send import SendEmail
from workflows.send_and_wait import SendEmailAndWait
from workflows.thread_reply import SendThreadReply
from workflows.wait import WaitForEmailFromUser


class MailClient:
    """The mail actions of one task queue; each is called for its result or started and followed."""

    def __init__(self, client: Client, task_queue: str = "mail") -> None:
        self.send_email = Action(client, task_queue, SendEmail.run, once("send-email"))
        self.send_thread_reply = Action(client, task_queue, SendThreadReply.run, once("send-thread-reply"))
        self.forward_email = Action(client, task_queue, ForwardEmail.run, once("forward-email"))
        self.wait_for_email_from_user = WaitAction(
            client, task_queue, WaitForEmailFromUser.run, once("wait-for-email-from-user")
        )
        self.send_email_and_wait = WaitAction(client, task_queue, SendEmailAndWait.run, once("send-email-and-wait"))
        self.move_email_to_folder = Action(client, task_queue, MoveEmailToFolder.run, once("move-email-to-folder"))
        self.delete_email = Action(client, task_queue, DeleteEmail.run, once("delete-email"))
        self.search_email = Action(client, task_queue, SearchEmail.run, anew("search-email"))
        self.download_email_attachments = Action(
            client, task_queue, DownloadEmailAttachments.run, once("download-email-attachments")
        )
        self.save_email_attachments_to_case = Action(
            client, task_queue, SaveEmailAttachmentsToCase.run, once("save-email-attachments-to-case")
        )
        self.ping = Action(client, task_queue, Ping.run, anew("ping"))
        self.waits = Waits(client, task_queue)

    @classmethod
    @asynccontextmanager
    async def connect(cls, task_queue: str = "mail") -> AsyncGenerator[Self, None]:
        """Connect as the Temporal CLI does: TEMPORAL_ADDRESS and the like, or a profile in temporal.toml.

        Raises TemporalUnavailable.
        Encryption is set as for the worker: MAIL_ENCRYPTION__KEY_ID and the like, or `[encryption]` in mail.toml.
        """
        data_converter = encrypted(client_data_converter, Encryption.load())
        # Whoever traces (OpenTelemetry) sees the action as part of the trace under way; else it does nothing.
        async with connected(data_converter=data_converter, interceptors=[TracingInterceptor()]) as client:
            yield cls(client, task_queue)
