"""A protocol of one's own: a request is a line, and so is its reply. How to run it stands in vaurien.ini here."""

from vaurien.protocols import Protocol
from vaurien.protocols.base import Answer, Conversation, Message, Part


class Lines(Protocol):
    """Each line is a request, and is replied to by one line."""

    name = "lines"
    errors = ("busy", "gone")

    def conversation(self, joined=False):
        return LinesConversation()

    def check(self, key, choice):
        if not choice.isalpha():
            raise ValueError(f"expected a word, not {choice!r}")

    def error(self, request, choice, conversation, options, source):
        return Answer(f"error: {choice}\n".encode(), closes=choice == "gone")


class LinesConversation(Conversation):
    def cut_requests(self, data):
        return [Part(line, self.asked(Message(True, text(line), text(line)[:4]))) for line in self.whole(True, data)]

    def cut_replies(self, data):
        return [Part(line, self.reply(line)) for line in self.whole(False, data)]

    def reply(self, line):
        message = Message(False, text(line), request=self.expected())
        if message.request:
            self.replied()
        return message

    def whole(self, to_backend, data):
        *lines, rest = data.splitlines(keepends=True) or [b""]
        if rest.endswith(b"\n"):
            lines, rest = [*lines, rest], b""
        if len(rest) > 10_000:
            raise ValueError("a line is too long")
        self.keep(to_backend, rest)
        return lines


def text(line):
    return line.decode("latin-1").strip()
