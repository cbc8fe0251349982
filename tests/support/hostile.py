"""Strings that want to be more than a value: to AMI, to the dialplan, to a terminal, to a parser."""

from collections.abc import Iterator
from random import Random

FRAGMENTS = (
    "\r\n", "\n", "\r", "\0", "\r\n\r\n", "\x1b[31m", "\x85", "\u2028", "\u202e", "\u200b", "\ufeff", "\ud800",
    ",", "=", ":", ";", "&", "|", "^", "/", "\\", "'", '"', "`", "<", ">", "(", ")", "{", "}", "%", "~", " ", "\t",
    "${SHELL(id)}", "${DB(a/b)}", "$[1+1]", "CALLERID(num)=911666", ",DB(vocero/pwn)=1", ",GLOBAL(PWNED)=1",
    "Action: UserEvent\r\nUserEvent: PWNED", "Action: Logoff", "Action: Hangup\r\nChannel: /.*/",
    "Application: System", "Async: false", "Variable: PWNED=1", "ActionID: 1", "__VOCERO_HOLD=0", "/.*/",
    "José Muñoz", "ñ", "😀", "صباح", "Zoë", "O'Brien, Ana", "573001234567", "live", "s3cret", "a" * 70, "x" * 1100,
)  # fmt: skip


def hostile_strings(random: Random, count: int) -> Iterator[str]:
    """So many strings of one to six fragments, the same for the same seed; now and then one of a megabyte."""
    for number in range(count):
        yield "".join(random.choices(FRAGMENTS, k=random.randint(1, 6)))
        if number % 5_000 == 0:
            yield random.choice(FRAGMENTS) * 1_000_000
