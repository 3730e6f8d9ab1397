"""What the demo asks whom, and what must come of it."""

from collections.abc import Iterator

from dev.people import AtOnce, OnPhone, OutOfOffice, Person
from models.send_and_wait import SendEmailAndWaitRequest, SendEmailAndWaitResult

DOMAIN = "lab.test"

ANSWERS = {
    "alice": "Yes, that was me. I am at the conference.",
    "bob": "No. I have not left the house today!",
    "carol": "Yes, I have a new phone.",
}
AWAY = "bob"

PEOPLE: tuple[Person, ...] = (
    AtOnce("alice", ANSWERS["alice"]),
    OutOfOffice(AWAY, ANSWERS[AWAY]),
    OnPhone("carol", ANSWERS["carol"]),
)

REQUEST = SendEmailAndWaitRequest.model_validate(
    {
        "case_id": "4711",
        "alert_group_identifiers": ["unusual-sign-in"],
        "recipients": [f"{name}@{DOMAIN}" for name in ANSWERS],
        "subject": "Was this sign-in yours?",
        "content": "Somebody signed in to your account from Lisbon this morning.\n\nWas it you?",
        "wait_stage_timeout_minutes": 60,
        "wait_for_all_recipients_to_reply": True,
    }
)


def shortcomings(result: SendEmailAndWaitResult) -> Iterator[str]:
    """What is not as it must be, in sentences; none when the result is the right one."""
    if result.status != "replied":
        yield f"The status is {result.status}, not replied."
    answers = {response.recipient: response.content for response in result.responses}
    for name, answer in ANSWERS.items():
        if (found := answers.get(f"{name}@{DOMAIN}")) != answer:
            yield f"The answer of {name} is {found!r}, not {answer!r}."
    excluded = [(one.sender, one.reason) for one in result.excluded]
    if excluded != [(f"{AWAY}@{DOMAIN}", "auto_reply")]:
        yield f"Excluded is {excluded}, not the automatic reply of {AWAY} alone."
