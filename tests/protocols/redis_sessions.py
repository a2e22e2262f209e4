"""Sessions of Redis, and what they are to be cut into."""

from __future__ import annotations

from tests.protocols.cutting import Step, client, server


def sent(*words: str | bytes) -> Step:
    """A command as drivers send it."""
    texts = [word if isinstance(word, bytes) else word.encode() for word in words]
    return client(b"*%d\r\n" % len(texts) + b"".join(b"$%d\r\n%s\r\n" % (len(text), text) for text in texts))


def said(text: str) -> Step:
    return server(text.replace("|", "\r\n").encode())


# Each with the names of what it is cut into: "> " before requests, "< " before replies, "= " before what is pushed.
SESSIONS: dict[str, tuple[list[Step], list[str]]] = {
    "strings": (
        [sent("SET", "user:1", "a\r\nb"), said("+OK|"), sent("get", "user:1"), said("$4|a|b|")],
        ["> SET user:1", "< SET user:1", "> GET user:1", "< GET user:1"],
    ),
    "null and numbers": (
        [sent("GET", "a"), said("$-1|"), sent("INCR", "b"), said(":5|"), sent("LRANGE", "l", "0", "9"), said("*-1|")],
        ["> GET a", "< GET a", "> INCR b", "< INCR b", "> LRANGE l", "< LRANGE l"],
    ),
    "a large value": (
        [
            sent("SET", "k", b"\r\n*1" * 1500),
            said("+OK|"),
            sent("GET", "k"),
            server(b"$6000\r\n" + b"$1\r\n" * 1200 + b"\r\n"),
        ],
        ["> SET k", "< SET k", "> GET k", "< GET k"],
    ),
    "nested": (
        [sent("EXEC"), said("*3|*2|$1|a|*0|:1|*1|*1|$-1|"), sent("PING"), said("+PONG|")],
        ["> EXEC", "< EXEC", "> PING", "< PING"],
    ),
    "RESP3": (
        [
            sent("HELLO", "3"),
            said("%2|$6|server|$5|redis|+proto|:3|"),
            sent("A", "k"),
            server(b"|1\r\n+ttl\r\n:3\r\n~2\r\n#t\r\n_\r\n"),
            sent("B", "k"),
            said("=5|txt:a|"),
            sent("C", "k"),
            said("!3|ERR|"),
            sent("D", "k"),
            said(",1.5|"),
            sent("E", "k"),
            said("(123|"),
        ],
        ["> HELLO", "< HELLO"] + [f"{sign} {name} k" for name in "ABCDE" for sign in "><"],
    ),
    "errors": (
        [sent("SET", "k", "v"), said("-LOADING Redis is loading|"), sent("GET", "k"), said("-ERR|")],
        ["> SET k", "< SET k -LOADING", "> GET k", "< GET k -ERR"],
    ),
    "inline": (
        [client(b"set 'user 1' \"a b\"\r\n"), said("+OK|"), client(b"\r\n"), client(b"PING\n"), said("+PONG|")],
        ["> SET 'user 1'", "< SET 'user 1'", "> ", "> PING", "< PING"],
    ),
    "nothing": ([client(b"*0\r\n"), sent("PING"), said("+PONG|")], ["> ", "> PING", "< PING"]),
    "transaction": (
        [sent("MULTI"), said("+OK|"), sent("SET", "a", "1"), said("+QUEUED|"), sent("EXEC"), said("*1|+OK|")],
        ["> MULTI", "< MULTI", "> SET a", "< SET a", "> EXEC", "< EXEC"],
    ),
    "where keys stand": (
        [
            sent("EVAL", "return 1", "1", "k"),
            sent("XREAD", "COUNT", "2", "STREAMS", "s", "t", "0", "0"),
            sent("AUTH", "secret"),
            sent("CONFIG", "SET", "requirepass", "secret"),
            sent("OBJECT", "ENCODING", "k"),
            sent("GET", b"\x00\xff"),
            said("*-1|*-1|+OK|+OK|+raw|$-1|"),
        ],
        [
            "> EVAL k",
            "> XREAD s",
            "> AUTH",
            "> CONFIG SET",
            "> OBJECT k",
            "> GET \\x00\\\\xff",
            "< EVAL k",
            "< XREAD s",
            "< AUTH",
            "< CONFIG SET",
            "< OBJECT k",
            "< GET \\x00\\\\xff",
        ],
    ),
    "no replies": (
        [
            sent("CLIENT", "REPLY", "SKIP"),
            sent("SET", "a", "1"),
            sent("SET", "b", "1"),
            said("+OK|"),
            sent("CLIENT", "REPLY", "OFF"),
            sent("SET", "c", "1"),
            sent("CLIENT", "REPLY", "ON"),
            said("+OK|"),
            sent("PING"),
            said("+PONG|"),
        ],
        [
            "> CLIENT REPLY",
            "> SET a",
            "> SET b",
            "< SET b",
            "> CLIENT REPLY",
            "> SET c",
            "> CLIENT REPLY",
            "< CLIENT REPLY",
            "> PING",
            "< PING",
        ],
    ),
    "subscribed": (
        [
            sent("SUBSCRIBE", "a", "b"),
            said("*3|$9|subscribe|$1|a|:1|*3|$9|subscribe|$1|b|:2|"),
            said("*3|$7|message|$1|a|$2|hi|"),
            sent("PING"),
            said("*3|$7|message|$1|b|$2|ho|"),
            said("*2|$4|pong|$0||"),
            sent("PSUBSCRIBE", "p*"),
            said("*3|$10|psubscribe|$2|p*|:3|*4|$8|pmessage|$2|p*|$2|pq|$1|x|"),
            sent("UNSUBSCRIBE"),
            said("*3|$11|unsubscribe|$1|a|:2|*3|$11|unsubscribe|$1|b|:1|"),
            sent("PUNSUBSCRIBE"),
            said("*3|$12|punsubscribe|$2|p*|:0|"),
            sent("UNSUBSCRIBE"),
            said("*3|$11|unsubscribe|$-1|:0|"),
            sent("GET", "k"),
            said("*3|$7|message|$1|b|$2|ho|"),
        ],
        [
            "> SUBSCRIBE a",
            "< SUBSCRIBE a",
            "< SUBSCRIBE a",
            "= push message",
            "> PING",
            "= push message",
            "< PING",
            "> PSUBSCRIBE p*",
            "< PSUBSCRIBE p*",
            "= push pmessage",
            "> UNSUBSCRIBE",
            "< UNSUBSCRIBE",
            "< UNSUBSCRIBE",
            "> PUNSUBSCRIBE",
            "< PUNSUBSCRIBE",
            "> UNSUBSCRIBE",
            "< UNSUBSCRIBE",
            "> GET k",
            "< GET k",
        ],
    ),
    "refused subscription": (
        [sent("SUBSCRIBE", "a", "b"), said("-NOAUTH Authentication required.|"), sent("PING"), said("+PONG|")],
        ["> SUBSCRIBE a", "< SUBSCRIBE a -NOAUTH", "> PING", "< PING"],
    ),
    "pushed in RESP3": (
        [
            sent("SUBSCRIBE", "a"),
            said(">3|+subscribe|$1|a|:1|"),
            sent("GET", "k"),
            said(">2|$10|invalidate|*1|$1|k|"),
            said("$1|v|>3|$7|message|$1|a|$1|x|"),
        ],
        ["> SUBSCRIBE a", "< SUBSCRIBE a", "> GET k", "= push invalidate", "< GET k", "= push message"],
    ),
    "monitor": (
        [
            sent("MONITOR"),
            said('+OK|+1700000000.123456 [0 127.0.0.1:1] "GET" "a"|'),
            sent("PING"),
            said('+1700000000.2 [0 127.0.0.1:1] "GET" "b"|+PONG|'),
            sent("RESET"),
            said("+RESET|"),
            sent("GET", "k"),
            said("+1700000000.2 [|"),
        ],
        [
            "> MONITOR",
            "< MONITOR",
            "= push monitor",
            "> PING",
            "= push monitor",
            "< PING",
            "> RESET",
            "< RESET",
            "> GET k",
            "< GET k",
        ],
    ),
    "unasked": ([said("-ERR max number of clients reached|")], ["= unasked"]),
}
