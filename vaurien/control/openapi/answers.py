"""Answers: JSON schemas of what the native API says."""

from __future__ import annotations

from vaurien.control.openapi.build import (
    COUNT,
    COUNTS,
    FLAG,
    SECONDS,
    TEXT,
    Schema,
    closed,
    lists,
    nullable,
    open_to,
    ref,
    said,
    texts,
)

HANDLERS = ref("HandlerValues")
BEHAVIOR = said(TEXT, "As it was set; what is left of 100 goes to dummy")

PROXY: dict[str, Schema] = {
    "name": TEXT,
    "local": said(TEXT, "Where it listens, as configured"),
    "listening": nullable("string", description="Where it listens, with the real port; null while it is disabled"),
    "distant": said(TEXT, "Where it sends"),
    "enabled": FLAG,
    "protocol": said(TEXT, "What a call is; tcp for a readable moment"),
    "command_metrics": said(FLAG, "Whether calls are counted by command too"),
    "timeout": said(SECONDS, "How long the backend may take to connect, in seconds"),
    "max_sessions": said(COUNT, "So many sessions at once; 0 for no limit"),
    "caller_header": said(TEXT, "The header in which a request may name its handler; empty if it may not"),
    "max_active": said(COUNT, "So many requests at once may have named theirs"),
    "tls": said(ref("Tls"), "What the operator has said of TLS, files by their paths. Cannot be set"),
    "tls_ca": nullable(
        "string",
        description="The file with the CA to be trusted where clients are shown certificates "
        "that the daemon has made; null where none is. Cannot be set",
    ),
    "behavior": BEHAVIOR,
    "shares": lists("Share"),
    "handlers": HANDLERS,
    "session_behavior": said(TEXT, "As it was set; all other sessions go on as ever"),
    "session_handlers": ref("SessionHandlerValues"),
    "hooks": texts("The names of its hooks"),
    "hook_options": said(ref("HookValues"), "Those of its hooks, and of the hooks that only its handlers have"),
    "toxics": said(lists("Toxic"), "In the order in which bytes meet them"),
    "sessions": said(COUNT, "How many are open now"),
    "reverts": lists("Revert"),
}
TLS: dict[str, Schema] = {
    "tls_cert": nullable("string", description="The file with the certificate that clients are shown"),
    "tls_key": nullable("string", description="The file with its key; null where that is in tls_cert's"),
    "tls_self_signed": said(FLAG, "Whether clients are shown a certificate that was made at the start"),
    "tls_implicit": said(FLAG, "Whether it begins at once, whatever the protocol has before it"),
    "distant_tls": said(FLAG, "Whether the backend is spoken to by TLS"),
    "distant_tls_implicit": said(FLAG, "Whether that begins at once, whatever the protocol has before it"),
    "distant_ca": nullable(
        "string", description="The file with those who may sign its certificate; null: the system's"
    ),
    "distant_name": nullable(
        "string", description="The name that its certificate must have; null: the host in distant"
    ),
    "distant_cert": nullable("string", description="The file with the certificate that it is shown"),
    "distant_key": nullable("string", description="The file with the key of that; null where it is in distant_cert's"),
    "distant_verify": said(FLAG, "Whether its certificate is checked"),
}
SESSION: dict[str, Schema] = {
    "ordinal": {"type": "integer", "minimum": 1},
    "client": said(TEXT, "The client's address"),
    "age": said(SECONDS, "In seconds"),
    "bytes_to_backend": COUNT,
    "bytes_to_client": COUNT,
    "calls_to_backend": COUNT,
    "calls_to_client": COUNT,
    "calls": said(COUNTS, "How many calls each handler was given"),
    "session_handler": nullable("string", description="The session handler that has it, or had it; null for most"),
}
COUNTERS: dict[str, Schema] = {
    "sessions_opened": COUNT,
    "sessions_open": COUNT,
    "sessions_ended": said(COUNTS, "By cause"),
    "session_handlers": said(COUNTS, "Sessions that session handlers had, by name"),
    "connect_failures": COUNT,
    "errors": said(COUNT, "How often a handler, session handler, hook or toxic raised"),
    "bytes_to_backend": COUNT,
    "bytes_to_client": COUNT,
    "calls": {
        "type": "object",
        "description": "By handler",
        "additionalProperties": closed({"to_backend": COUNT, "to_client": COUNT}),
    },
    "commands": {
        "type": "object",
        "description": "By the command of their message, where command_metrics asks for it: 100, then other",
        "additionalProperties": closed({"to_backend": COUNT, "to_client": COUNT}),
    },
}
OPTION: dict[str, Schema] = {
    "name": TEXT,
    "type": said(TEXT, "int, float, bool, str, or the name of a type of its own"),
    "default": said({}, "What holds where nothing is given"),
    "description": TEXT,
    "minimum": nullable("number"),
    "maximum": nullable("number"),
    "choices": texts("All values that there are; empty if there is no such list"),
    "unit": TEXT,
}

ANSWERS: dict[str, Schema] = {
    "Error": closed(
        {"error": closed({"where": said(TEXT, "The path in the body, or what else is at fault"), "message": TEXT})}
    ),
    "Daemon": closed({"version": TEXT, "seed": COUNT, "uptime": SECONDS, "proxies": texts("Their names")}),
    "Description": {"type": "object", "required": ["openapi", "info", "paths"]},
    "Proxy": closed(PROXY),
    "Proxies": closed({"proxies": lists("Proxy")}),
    "Share": closed({"handler": TEXT, "percent": {"type": "number", "minimum": 0, "maximum": 100}}),
    "Revert": closed(
        {
            "fields": texts("What goes back"),
            "in": nullable("number", minimum=0, description="In so many seconds; null if not by itself"),
            "hold": nullable("integer", minimum=0, description="The hold by which it can be taken back, if it is held"),
        }
    ),
    "Behavior": closed(
        {
            "behavior": BEHAVIOR,
            "shares": lists("Share"),
            "handlers": HANDLERS,
            "reverts_in": nullable("number", minimum=0, description="In so many seconds; null if not by itself"),
            "hold": nullable("integer", minimum=0, description="By which it can be released; null if nothing is held"),
        }
    ),
    "Tls": closed(TLS),
    "Session": closed(SESSION),
    "Sessions": closed({"sessions": lists("Session")}),
    "Cut": closed({"cut": COUNT}),
    "Counters": closed(COUNTERS),
    "Scripts": closed({"scripts": lists("Script")}),
    "Script": closed(
        {
            "handler": TEXT,
            "script": TEXT,
            "per": said(TEXT, "session or proxy"),
            "repeat": FLAG,
            "standing": said(lists("Standing"), "Of the proxy, or of each session that is open"),
        }
    ),
    "Standing": closed(
        {
            "session": nullable("integer", minimum=1, description="Its ordinal; null for the whole proxy"),
            "step": nullable("string", description="The step that the next call belongs to; null when all are over"),
            "left": nullable("integer", minimum=0, description="What is left of the step; null if it has no end"),
            "unit": nullable("string", description="What is left: calls or bytes"),
            "rounds": said(COUNT, "How often it has begun anew by itself"),
        }
    ),
    "Option": closed(OPTION),
    "Loaded": closed({"name": TEXT, "summary": TEXT, "options": lists("Option")}),
    "Handlers": closed({"handlers": lists("Loaded")}),
    "SessionHandlers": closed({"session_handlers": lists("Loaded")}),
    "Hooks": closed({"hooks": lists("Loaded")}),
    "Protocols": closed({"protocols": lists("Protocol")}),
    "Protocol": closed({"name": TEXT, "summary": TEXT, "errors": texts("What error chooses from by itself")}),
    "ToxicTypes": closed({"toxics": lists("Loaded")}),
    "Health": closed({"status": {"type": "string", "const": "ok"}}),
    "Event": open_to(
        {"type": ref("EventType"), "time": said(SECONDS, "Since 1970"), "proxy": TEXT},
        description="What is told of an event; what else is there depends on its type",
    ),
    "EventStream": {"type": "string"},
    "Text": {"type": "string"},
    "ClassicOk": closed({"status": {"type": "string", "const": "ok"}}),
    "ClassicTextOk": {"type": "string", "const": "OK"},
    "ClassicErrors": closed({"status": {"type": "string", "const": "error"}, "errors": lists("ClassicError")}),
    "ClassicError": closed(
        {"location": {"type": "string", "enum": ["body", "querystring"]}, "name": TEXT, "description": TEXT}
    ),
    "ClassicBehavior": closed({"behavior": TEXT}),
    "ClassicBehaviors": closed({"behaviors": texts()}),
    "ClassicHandlers": closed({"handlers": texts()}),
}
