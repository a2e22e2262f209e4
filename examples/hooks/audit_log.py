"""An audit: one line for each command that changes data in Redis, as Redis was told it.

Redis listens on its usual port, 6379. In this folder, since the class is found where the program is started:

    vaurien --local 127.0.0.1:6380 --distant 127.0.0.1:6379 --hook audit_log.AuditLog

In a second terminal, in this folder too:

    redis-cli -p 6380 set greeting hello
    redis-cli -p 6380 get greeting
    cat audit.log
"""

import json
import re
import time

from vaurien.hooks import Hook

# Commands that change nothing, or have a password in them. All others are written: an audit had better say too much.
LEFT_OUT = {
    "AUTH", "CLIENT", "COMMAND", "ECHO", "EXISTS", "GET", "HELLO", "HGET", "HGETALL", "HMGET", "INFO", "KEYS", "LINDEX",
    "LLEN", "LRANGE", "MGET", "PING", "PTTL", "QUIT", "SCAN", "SELECT", "SISMEMBER", "SMEMBERS", "STRLEN", "SUBSCRIBE",
    "TTL", "TYPE", "ZRANGE", "ZSCORE",
}  # fmt: skip


class AuditLog(Hook):
    """Writes a line for each command that changes data in Redis."""

    name = "audit_log"
    priority = 1000  # after the hooks that change what is sent
    options = {
        "file": ("The lines are appended to this file", str, "audit.log"),
        "keys": ("Only keys that start like this; empty for all", str, ""),
    }

    def outgoing(self, message):
        if message.to_backend:
            waiting = self.call.session.vars.setdefault(self, bytearray())
            waiting += message.data
            for command, *arguments in commands(waiting):
                name = command.decode("latin-1").upper()
                key = arguments[0].decode("utf-8", "backslashreplace") if arguments else ""
                if name not in LEFT_OUT and key.startswith(self.option("keys")):
                    self.write(name, key)
        return message

    def write(self, name, key):
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S"),
            "proxy": self.proxy.name,
            "session": self.call.session.ordinal,
            "handler": self.call.handler.name,
            "command": name,
            "key": key,
        }
        # Opened for each line: so the file can be moved away at any time.
        with open(self.option("file"), "a") as file:
            file.write(json.dumps(line) + "\n")


LINE = re.compile(rb"\*(\d+)\r\n|([^\r\n]*)\r?\n")  # so many words follow, or all stand here, as somebody types them
SIZE = re.compile(rb"\$(\d+)\r\n")


def commands(waiting):
    """Takes out of a `bytearray` the commands that are all there, each a list of words. The rest waits for more."""
    while found := first_command(waiting):
        words, size = found
        del waiting[:size]
        if words:
            yield words


def first_command(data):
    """The words of the first command and its size in bytes; None if it is not all there."""
    line = LINE.match(data)
    if line is None:
        return None
    if line[1] is None:
        return line[2].split(), line.end()
    words, end = [], line.end()
    for _ in range(int(line[1])):
        size = SIZE.match(data, end)
        if size is None or len(data) < size.end() + int(size[1]) + 2:
            return None
        end = size.end() + int(size[1]) + 2
        words.append(bytes(data[size.end() : end - 2]))
    return words, end
