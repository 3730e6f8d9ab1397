"""Traces from the call that starts an action to the commands that mail servers are given (OpenTelemetry)."""

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from temporalio.contrib.opentelemetry import TracingInterceptor

from observation.settings import Tracing

# Where every OpenTelemetry SDK looks; headers, sampling and the like have variables of their own.
_VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
# A collector that is gone must not keep a worker from ending.
_EXPORT_SECONDS = 3


@contextmanager
def traced(tracing: Tracing) -> Generator[Sequence[TracingInterceptor], None, None]:
    """What clients and workers are given while the block runs; nothing where no collector is named.

    Temporal's newer plugin shows a workflow's span when it ends; a wait of thirty days should be seen before.
    """
    if not (tracing.otlp_endpoint or any(map(os.environ.get, _VARIABLES))):
        yield ()
        return
    name = os.environ.get("OTEL_SERVICE_NAME", "durable-mail")
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(_exporter(tracing)))
    trace.set_tracer_provider(provider)
    try:
        yield (TracingInterceptor(),)
    finally:
        provider.shutdown()


def _exporter(tracing: Tracing) -> OTLPSpanExporter:
    endpoint = f"{tracing.otlp_endpoint.rstrip('/')}/v1/traces" if tracing.otlp_endpoint else None
    return OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_SECONDS)
