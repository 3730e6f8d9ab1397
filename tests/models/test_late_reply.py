"""Where late answers are told."""

import pytest
from pydantic import ValidationError

from models.wait import LateReplyRoute


def test_a_signal_needs_somebody_who_hears_it() -> None:
    """Found out when the worker starts, not when an answer is lost."""
    with pytest.raises(ValidationError, match="needs workflow_id and signal"):
        LateReplyRoute(to="signal")


def test_the_workflow_may_be_named_after_the_case() -> None:
    """Braces in a case's own name mean nothing."""
    route = LateReplyRoute(to="signal", workflow_id="case/{case_id}")
    assert route.workflow_of("{0}") == "case/{0}"
