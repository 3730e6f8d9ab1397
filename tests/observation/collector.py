"""An OTLP collector as small as one can be: it remembers every span that it is sent."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from observation.endpoint import serving


@dataclass
class Collector:
    """What has come; `url` is what a worker is told."""

    url: str = ""
    spans: list[Span] = field(default_factory=list[Span])
    services: set[str] = field(default_factory=set[str])

    async def take(self, request: Request) -> Response:
        """Remember."""
        sent = ExportTraceServiceRequest.FromString(await request.body())
        for resource in sent.resource_spans:
            named = (one.value.string_value for one in resource.resource.attributes if one.key == "service.name")
            self.services |= set(named)
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return Response(media_type="application/x-protobuf")


@asynccontextmanager
async def collecting() -> AsyncGenerator[Collector, None]:
    """A collector on this machine."""
    collector = Collector()
    routes = [Route("/v1/traces", collector.take, methods=["POST"])]
    async with serving(Starlette(routes=routes), "127.0.0.1:0", "collector") as address:
        collector.url = f"http://{address}"
        yield collector
