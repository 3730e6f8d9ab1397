"""The worker's figures, Temporal's SDK's and ours, at one endpoint for Prometheus."""

import logging

from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)

from activities.meter import TemporalRecorder
from configuration import SettingsError
from mail.metrics import DELAYS, METRICS, Meter
from observation.settings import Metrics

# What the SDK's core has to say goes into our log, in our format.
_CORE_LOG = LoggingConfig(
    TelemetryFilter(core_level="WARN", other_level="ERROR"),
    forwarding=LogForwardingConfig(logging.getLogger("temporalio.core"), append_target_to_name=False),
)


def runtime_of(metrics: Metrics) -> Runtime:
    """The SDK's runtime, which serves the figures where the settings want them; raises SettingsError."""
    prometheus = PrometheusConfig(
        metrics.listen,
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
        histogram_bucket_overrides={one.name: DELAYS for one in METRICS if one.kind == "histogram"},
    )
    telemetry = TelemetryConfig(
        logging=_CORE_LOG, metrics=prometheus if metrics.listen else None, attach_service_name=False
    )
    try:
        return Runtime(telemetry=telemetry)
    except ValueError as error:
        raise SettingsError(f"metrics.listen {metrics.listen}: {error}") from error


def meter_of(runtime: Runtime) -> Meter:
    """What mail records its figures with."""
    return Meter(TemporalRecorder(runtime.metric_meter))
