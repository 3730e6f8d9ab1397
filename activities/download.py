"""Downloading attachments: the folder first, then message by message."""

from temporalio import activity

from mail.accounts import Accounts
from mail.download import download_message
from mail.download_folder import DownloadFolder, permitted
from models.download import DownloadedMessage, DownloadFolderRequest, DownloadMessageRequest


class DownloadActivities:
    """Attachments that are written into folders."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @activity.defn(name="download.check_folder")
    async def check_folder(self, request: DownloadFolderRequest) -> None:
        """Refuse a folder that policy does not allow, before anything is looked for."""
        permitted(request.download_path, self._accounts.open(request.account).policy.download_roots)

    @activity.defn(name="download.message")
    async def message(self, request: DownloadMessageRequest) -> DownloadedMessage:
        """Download the attachments of one message."""
        account = self._accounts.open(request.account)
        policy = account.policy
        async with account.mailbox.session() as session:
            with DownloadFolder.open(request.download_path, policy.download_roots) as folder:
                return await download_message(session, request.pointer, folder, policy.max_download_bytes)
