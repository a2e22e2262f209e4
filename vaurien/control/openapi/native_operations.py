"""The operations of the native API."""

from __future__ import annotations

from http import HTTPStatus as Status

from vaurien.control.openapi.operation import Answer, Operation

PROXY = "/v1/proxies/{name}"
BODY = (Status.BAD_REQUEST, Status.REQUEST_ENTITY_TOO_LARGE)
"""How a body is refused."""
ETAG = ("ETag",)

NATIVE: tuple[Operation, ...] = (
    Operation(
        "get", "/v1", "readDaemon", "What this daemon is",
        {Status.OK: Answer("The daemon", "Daemon")},
    ),
    Operation(
        "get", "/v1/openapi.json", "readDescription", "This document",
        {Status.OK: Answer("An OpenAPI 3.1 document", "Description")},
    ),
    Operation(
        "get", "/v1/proxies", "listProxies", "All proxies",
        {Status.OK: Answer("The proxies, with all that holds for them", "Proxies")},
    ),
    Operation(
        "post", "/v1/proxies", "createProxy", "Create a proxy",
        {Status.CREATED: Answer("The proxy that there is now", "Proxy", ("Location", "ETag"))},
        (*BODY, Status.CONFLICT), "NewProxy",
    ),
    Operation(
        "get", PROXY, "readProxy", "One proxy",
        {Status.OK: Answer("All that holds for it", "Proxy", ETAG)}, (Status.NOT_FOUND,),
    ),
    Operation(
        "patch", PROXY, "changeProxy", "Change a proxy",
        {Status.OK: Answer("All that holds now", "Proxy", ETAG)},
        (*BODY, Status.NOT_FOUND, Status.CONFLICT, Status.PRECONDITION_FAILED), "ProxyChange", headers=("IfMatch",),
        description="Everything is checked, then everything is applied. What is not in the body stays.",
    ),
    Operation(
        "delete", PROXY, "deleteProxy", "Stop a proxy, and cut its sessions",
        {Status.NO_CONTENT: Answer("It is gone")},
        (Status.NOT_FOUND, Status.PRECONDITION_FAILED), headers=("IfMatch",),
    ),
    Operation(
        "get", f"{PROXY}/behavior", "readBehavior", "The behavior of a proxy",
        {Status.OK: Answer("The behavior, and the options of its handlers", "Behavior", ETAG)}, (Status.NOT_FOUND,),
    ),
    Operation(
        "put", f"{PROXY}/behavior", "setBehavior", "Set the behavior of a proxy, with all options",
        {Status.OK: Answer("What holds now", "Behavior", ETAG)},
        (*BODY, Status.NOT_FOUND, Status.PRECONDITION_FAILED), "NewBehavior", headers=("IfMatch",),
        description="An option that is not given has the value that was configured, or else its default.",
    ),
    Operation(
        "delete", f"{PROXY}/holds/{{hold}}", "releaseHold", "Release a behavior that is held",
        {Status.OK: Answer("What holds now", "Behavior", ETAG)},
        (Status.BAD_REQUEST, Status.NOT_FOUND, Status.PRECONDITION_FAILED), headers=("IfMatch",),
        description="What was set while it was held goes with it, but for what others hold.",
    ),
    Operation(
        "get", f"{PROXY}/sessions", "listSessions", "The sessions of a proxy that are open now",
        {Status.OK: Answer("The sessions, the oldest first", "Sessions")}, (Status.NOT_FOUND,),
    ),
    Operation(
        "delete", f"{PROXY}/sessions", "cutSessions", "Cut all sessions of a proxy",
        {Status.OK: Answer("How many there were", "Cut")}, (Status.NOT_FOUND,),
    ),
    Operation(
        "get", f"{PROXY}/sessions/{{ordinal}}", "readSession", "One session that is open now",
        {Status.OK: Answer("The session", "Session")}, (Status.NOT_FOUND,),
    ),
    Operation(
        "delete", f"{PROXY}/sessions/{{ordinal}}", "cutSession", "Cut one session",
        {Status.OK: Answer("How many there were", "Cut")}, (Status.NOT_FOUND,),
    ),
    Operation(
        "get", f"{PROXY}/counters", "readCounters", "What a proxy has seen so far",
        {Status.OK: Answer("The counters, which only grow", "Counters")}, (Status.NOT_FOUND,),
    ),
    Operation(
        "get", f"{PROXY}/scripts", "listScripts", "Where the scripts of a proxy stand",
        {Status.OK: Answer("The scripts of its behavior, in their order", "Scripts")}, (Status.NOT_FOUND,),
    ),
    Operation(
        "post", f"{PROXY}/scripts/{{handler}}/restart", "restartScript", "Begin a script anew, for all sessions",
        {Status.OK: Answer("Where it stands now", "Script")}, (*BODY, Status.NOT_FOUND),
    ),
    Operation(
        "get", "/v1/handlers", "listHandlers", "The handlers that can be chosen",
        {Status.OK: Answer("The handlers, with their options", "Handlers")},
    ),
    Operation(
        "get", "/v1/session_handlers", "listSessionHandlers", "The session handlers that can be chosen",
        {Status.OK: Answer("The session handlers, with their options", "SessionHandlers")},
    ),
    Operation(
        "get", "/v1/hooks", "listHooks", "The hooks that can be chosen",
        {Status.OK: Answer("The hooks, with their options", "Hooks")},
    ),
    Operation(
        "get", "/v1/toxics", "listToxicTypes", "The types of toxics that can be chosen",
        {Status.OK: Answer("The types, with their attributes", "ToxicTypes")},
    ),
    Operation(
        "get", "/v1/protocols", "listProtocols", "The protocols that can be chosen",
        {Status.OK: Answer("The protocols, with the errors that they know", "Protocols")},
    ),
    Operation(
        "get", "/v1/events", "followEvents", "What happens, as it happens",
        {Status.OK: Answer("Server-sent events without end", "EventStream", media=("text/event-stream",))},
        (Status.BAD_REQUEST,), query=("OnlyProxy", "OnlyType"),
        description="Each event has an ``id``, its type as ``event``, and an ``Event`` as ``data``.",
    ),
    Operation(
        "get", "/healthz", "readHealth", "Whether the daemon is at work",
        {Status.OK: Answer("It is", "Health")}, tag="service", tokenless=True,
    ),
    Operation(
        "get", "/metrics", "readMetrics", "Metrics for Prometheus",
        {
            Status.OK: Answer(
                "All metrics, in the format that is asked for by Accept", "Text",
                media=("text/plain", "application/openmetrics-text"),
            )
        },
        tag="service",
    ),
)  # fmt: skip
