"""How much one caller may use up before somebody else has to help.

Each limit answers a failure seen in the field: a tree that sends its callers in circles, a stuck key or a hostile
caller's flood of digits, a handset that was put down beside the telephone.
"""

from __future__ import annotations

from typing import Final

MOST_NODES: Final = 200
"""Nodes one call may pass before it is led to the tree's fallback."""

NODES_AFTER: Final = 20
"""Nodes it may pass from there; then it ends with an apology."""

MOST_SECONDS: Final = 600.0
"""Time one call may spend in the tree; waiting in a queue, talking and surveys do not count."""

SECONDS_AFTER: Final = 120.0
"""Time it may spend from the fallback on."""

MOST_KEYS_A_PROMPT: Final = 32
MOST_KEYS_A_CALL: Final = 500
"""Beyond it the call ends politely."""

MOST_TRIES: Final = 3
"""Times a question may go unanswered, silence and misunderstanding together; a tree may set fewer."""

DEEPEST: Final = 5
"""Trees within trees."""

LONGEST_VALUE: Final = 2000
"""Signs of a value that a look-up or a recogniser hands in; the rest is cut off."""
