"""A forged answer: whoever asks for one key of Redis gets another value. Redis itself is never asked for it.

Redis listens on its usual port, 6379. In this folder, since the class is found where the program is started:

    vaurien --local 127.0.0.1:6380 --distant 127.0.0.1:6379 --hook forged_answer.ForgedAnswer

In a second terminal:

    redis-cli -p 6379 set feature on
    redis-cli -p 6380 get feature
    redis-cli -p 6379 get feature

The second command says "off". All other keys are as they are.
"""

import re

from vaurien.hooks import Hook, Reply

# A GET and nothing else. Where several commands come together, an answer to one of them would come out of turn.
GET = re.compile(rb"\*2\r\n\$3\r\nget\r\n\$\d+\r\n(.*)\r\n", re.IGNORECASE | re.DOTALL)


class ForgedAnswer(Hook):
    """Answers for one key of Redis, in its place."""

    name = "forged_answer"
    options = {
        "key": ("The key", str, "feature"),
        "value": ("What its value is said to be", str, "off"),
    }

    def incoming(self, message):
        asked = GET.fullmatch(message.data)
        if message.to_backend and asked and asked[1] == self.option("key").encode():
            value = self.option("value").encode()
            return Reply(b"$%d\r\n%s\r\n" % (len(value), value))
        return message
