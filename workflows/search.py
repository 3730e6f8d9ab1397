"""Search Email."""

from datetime import datetime, timedelta

from temporalio import workflow

from activities import options
from activities.search import SearchActivities
from models.find import Criteria, FindRequest
from models.search import EmailsFound, SearchEmailRequest, SearchEmailResult


@workflow.defn
class SearchEmail:
    """Find messages that came within a time, newest first."""

    @workflow.run
    async def run(self, request: SearchEmailRequest) -> SearchEmailResult:
        found = await workflow.execute_activity_method(
            SearchActivities.search,
            _find_request(request, workflow.now()),
            **options.summarised(options.IMAP, f"search {', '.join(request.folder_name)}"[:60]),
        )
        return SearchEmailResult(
            status="found" if found.emails else "nothing_found",
            message=_sentence(found),
            case_id=request.case_id,
            account=found.account,
            emails=found.emails,
            truncated=found.truncated,
            folders=found.folders,
        )


def _find_request(request: SearchEmailRequest, now: datetime) -> FindRequest:
    # IMAP tells the second in which a message came, and no less.
    since = now.replace(microsecond=0) - timedelta(minutes=request.time_frame_minutes)
    return FindRequest(
        account=request.account,
        folders=request.folder_name,
        criteria=Criteria(
            subject=request.subject_filter,
            sender=request.sender_filter,
            recipient=request.recipient_filter,
            only_unread=request.only_unread,
            since=since,
        ),
        limit=request.max_emails_to_return,
    )


def _sentence(found: EmailsFound) -> str:
    count = len(found.emails)
    if not count:
        return "No email matches."
    more = "; more match, these are the newest" if found.truncated else ""
    return f"{'1 email' if count == 1 else f'{count} emails'} found{more}."
