"""The operations of Toxiproxy's dialect."""

from __future__ import annotations

from http import HTTPStatus as Status

from vaurien.control.openapi.operation import JSON, Answer, Operation

TEXT = ("text/plain",)
PROXY = "/proxies/{proxy}"
TOXICS = f"{PROXY}/toxics"
TOXIC = f"{TOXICS}/{{toxic}}"
BODY = (Status.BAD_REQUEST, Status.REQUEST_ENTITY_TOO_LARGE, Status.REQUEST_TIMEOUT)
"""How a body is refused."""
LISTEN = (Status.INTERNAL_SERVER_ERROR,)
"""How an address is refused."""
SAID = {
    Status.BAD_REQUEST: "What is asked for cannot be; nothing has changed",
    Status.NOT_FOUND: "There is no such proxy, or no such toxic",
    Status.REQUEST_TIMEOUT: "The body has not come whole in time",
    Status.CONFLICT: "The name is taken",
    Status.REQUEST_ENTITY_TOO_LARGE: "The body is too large",
}
BROWSER = Answer("It is a browser; or Host or Origin is not one of this daemon's", "Text", media=TEXT, json="Error")
CANNOT = "It cannot listen there, and nothing has changed; or a fault in Vaurien: the log has more"


def refused(status: Status) -> Answer:
    if status == Status.INTERNAL_SERVER_ERROR:
        return Answer(CANNOT, "ToxiproxyError", media=TEXT, json="Error")
    return Answer(SAID[status], "ToxiproxyError", media=TEXT)


def toxiproxy(
    method: str, path: str, id: str, summary: str, status: Status, answer: Answer, refusals: tuple[Status, ...] = (),
    body: str = "", description: str = "",
) -> Operation:  # fmt: skip
    own = {Status.FORBIDDEN: BROWSER, **{refusal: refused(refusal) for refusal in refusals}}
    return Operation(
        method, path, id, summary, {status: answer}, body=body, description=description, tag="toxiproxy",
        own_refusals=own,
    )  # fmt: skip


def both(path: str, id: str, summary: str, answer: Answer, refusals: tuple[Status, ...], body: str) -> list[Operation]:
    """The operation by PATCH, and the same by POST, as older clients have it."""
    return [
        toxiproxy("patch", path, f"toxiproxyPatch{id}", summary, Status.OK, answer, refusals, body),
        toxiproxy("post", path, f"toxiproxyPost{id}", "The same as PATCH", Status.OK, answer, refusals, body),
    ]


POPULATE = Operation(
    "post", "/populate", "toxiproxyPopulate", "Make all proxies of a list that there are not yet",
    {Status.CREATED: Answer("All of them; null if the list was empty", "ToxiproxyPopulated")},
    tag="toxiproxy", body="ToxiproxyNewProxies",
    description="One of these names, with these addresses, stays as it is, but for toxics that the list gives.",
    own_refusals={
        Status.FORBIDDEN: BROWSER,
        Status.BAD_REQUEST: Answer("What is asked for cannot be", "ToxiproxyNotPopulated"),
        Status.REQUEST_TIMEOUT: Answer(SAID[Status.REQUEST_TIMEOUT], "ToxiproxyNotPopulated"),
        Status.REQUEST_ENTITY_TOO_LARGE: Answer(SAID[Status.REQUEST_ENTITY_TOO_LARGE], "ToxiproxyNotPopulated"),
        Status.INTERNAL_SERVER_ERROR: Answer(
            "One cannot listen, and those before it stay; or a fault in Vaurien", "ToxiproxyPopulateFailed"
        ),
    },
)  # fmt: skip

TOXIPROXY: tuple[Operation, ...] = (
    toxiproxy(
        "get", "/version", "toxiproxyVersion", "The version of the Toxiproxy whose API this is",
        Status.OK, Answer("It", "ToxiproxyVersion", media=(f"{JSON};charset=utf-8",)),
    ),
    toxiproxy(
        "get", "/proxies", "toxiproxyListProxies", "All proxies",
        Status.OK, Answer("The proxies, by name", "ToxiproxyProxies"),
    ),
    toxiproxy(
        "post", "/proxies", "toxiproxyCreateProxy", "Create a proxy", Status.CREATED,
        Answer("The proxy that there is now", "ToxiproxyProxy"), (*BODY, Status.CONFLICT, *LISTEN), "ToxiproxyNewProxy",
    ),
    toxiproxy(
        "get", PROXY, "toxiproxyReadProxy", "One proxy",
        Status.OK, Answer("The proxy", "ToxiproxyProxy"), (Status.NOT_FOUND,),
    ),
    *both(
        PROXY, "Proxy", "Change where a proxy listens or sends, or whether it does",
        Answer("The proxy as it is now", "ToxiproxyProxy"), (*BODY, Status.NOT_FOUND, *LISTEN), "ToxiproxyProxyChange",
    ),
    toxiproxy(
        "delete", PROXY, "toxiproxyDeleteProxy", "Stop a proxy, and cut its sessions",
        Status.NO_CONTENT, Answer("It is gone"), (Status.NOT_FOUND,),
    ),
    toxiproxy(
        "get", TOXICS, "toxiproxyListToxics", "The toxics of a proxy",
        Status.OK, Answer("Those upstream first, each stream in the order of its chain", "ToxiproxyToxics"),
        (Status.NOT_FOUND,),
    ),
    toxiproxy(
        "post", TOXICS, "toxiproxyAddToxic", "Add a toxic", Status.OK,
        Answer("The toxic that there is now", "ToxiproxyToxic"), (*BODY, Status.NOT_FOUND, Status.CONFLICT),
        "ToxiproxyNewToxic",
    ),
    toxiproxy(
        "get", TOXIC, "toxiproxyReadToxic", "One toxic",
        Status.OK, Answer("The toxic", "ToxiproxyToxic"), (Status.NOT_FOUND,),
    ),
    *both(
        TOXIC, "Toxic", "Change a toxic's attributes or its toxicity",
        Answer("The toxic as it is now", "ToxiproxyToxic"), (*BODY, Status.NOT_FOUND), "ToxiproxyToxicChange",
    ),
    toxiproxy(
        "delete", TOXIC, "toxiproxyRemoveToxic", "Take a toxic away",
        Status.NO_CONTENT, Answer("It is gone"), (Status.NOT_FOUND,),
    ),
    POPULATE,
    toxiproxy(
        "post", "/reset", "toxiproxyReset", "Enable all proxies, and take all toxics away",
        Status.NO_CONTENT, Answer("It is done"), LISTEN,
    ),
)  # fmt: skip
