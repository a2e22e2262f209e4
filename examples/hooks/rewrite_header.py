"""Rewritten headers: one of each HTTP request on its way to the server, and one of each answer on its way back.

In one terminal, something to talk to:

    python -m http.server 8001 --bind 127.0.0.1

In a second one, in this folder, since the class is found where the program is started:

    vaurien --local 127.0.0.1:8000 --distant 127.0.0.1:8001 --hook rewrite_header.RewriteHeader

In a third one:

    curl -i http://127.0.0.1:8000/

The answer has "Server: something else". The request, before the server got it, was for the host www.example.com. Say
something else with the options request and answer. A body that begins like a head is taken for one.
"""

import re

from vaurien.hooks import Hook

REQUEST = re.compile(rb"[A-Z]+ \S+ HTTP/1\.[01]\r\n")
ANSWER = re.compile(rb"HTTP/1\.[01] \d{3}")
LONGEST = 65536  # bytes of a head


class RewriteHeader(Hook):
    """Puts a header into each HTTP request, and one into each answer, in the place of those of the same names."""

    name = "rewrite_header"
    options = {
        "request": ("The header of requests, as Name: value; empty for none", str, "Host: www.example.com"),
        "answer": ("The header of answers, as Name: value; empty for none", str, "Server: something else"),
    }

    def incoming(self, message):
        """Requests, before a handler sees them."""
        return self.rewritten(message, REQUEST, "request") if message.to_backend else message

    def outgoing(self, message):
        """Answers, after a handler has dealt with them."""
        return message if message.to_backend else self.rewritten(message, ANSWER, "answer")

    def rewritten(self, message, beginning, option):
        """The message with its header, where it begins with a head; in what comes together, the first has it."""
        header = self.option(option).encode()
        data = self.call.session.vars.pop((self, option), b"") + message.data
        if not header or not beginning.match(data):
            return message.with_data(data)  # part of a body
        head, end, body = data.partition(b"\r\n\r\n")
        if end:
            name = header.partition(b":")[0].lower()
            first, *others = head.split(b"\r\n")
            kept = [line for line in others if line.partition(b":")[0].lower() != name]
            data = b"\r\n".join([first, header, *kept]) + end + body
        elif len(data) < LONGEST:
            self.call.session.vars[self, option] = data  # until all of the head is there, nothing goes on
            data = b""
        return message.with_data(data)
