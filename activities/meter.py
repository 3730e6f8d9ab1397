"""Figures as Temporal's SDK keeps them, beside its own."""

from collections.abc import Mapping

from temporalio.common import MetricMeter

from mail.metrics import Metric

# The SDK's exporter gives every counter this end, as Prometheus wants it.
_TOTAL = "_total"


class TemporalRecorder:
    """Records into a meter of the SDK; one of a workflow leaves out what is replayed."""

    def __init__(self, meter: MetricMeter) -> None:
        self._meter = meter

    def record(self, metric: Metric, value: float, labels: Mapping[str, str]) -> None:
        """Add to a counter, set a gauge, put a value into a histogram."""
        name, meter = metric.name.removesuffix(_TOTAL), self._meter.with_additional_attributes(labels)
        match metric.kind:
            case "counter":
                meter.create_counter(name, metric.description).add(int(value))
            case "gauge":
                meter.create_gauge_float(name, metric.description).set(value)
            case "histogram":
                meter.create_histogram_float(name, metric.description).record(value)
