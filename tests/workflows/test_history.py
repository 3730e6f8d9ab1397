"""What waiting costs: few events, however long it lasts."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from activities.options import watch_queue
from client.watches import TemporalWatches
from plugin import mail_plugin
from tests.temporal import binary
from tests.workflows.crew import crew
from tests.workflows.fakes import ACCOUNT, Listener
from tests.workflows.story import ALICE, BOB, Story
from workflows.ids import watch_id
from workflows.watch import MailboxWatch
