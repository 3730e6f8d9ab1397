"""Ping."""

import asyncio

from temporalio import workflow

from activities import options
from activities.ping import PingActivities
from models.ping import PingRequest, PingResult, ServerPing


@workflow.defn
class Ping:
    """Log in to the account's servers and say what was found."""

    @workflow.run
    async def run(self, request: PingRequest) -> PingResult:
        account, smtp, imap = await asyncio.gather(
            workflow.execute_activity_method(PingActivities.account, request.account, **options.PREPARE),
            workflow.execute_activity_method(PingActivities.smtp, request.account, **options.PING),
            workflow.execute_activity_method(PingActivities.imap, request.account, **options.PING),
        )
        answers = {"SMTP": smtp, "IMAP": imap}
        failed = any(answer and not answer.ok for answer in answers.values())
        return PingResult(
            status="failed" if failed else "ok",
            message=" ".join(_sentence(name, answer) for name, answer in answers.items()),
            case_id=request.case_id,
            account=account,
            smtp=smtp,
            imap=imap,
        )


def _sentence(protocol: str, answer: ServerPing | None) -> str:
    if answer is None:
        return f"{protocol} is not configured."
    if answer.ok:
        return f"{protocol} answers in {answer.latency_ms} ms."
    return f"{protocol} fails: {(answer.error or '').removesuffix('.')}."
