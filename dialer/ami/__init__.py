"""Asterisk's manager interface (AMI): the only place where its names are spelt.

Bytes ↔ messages (`wire`), what we ask (`actions`), what it says (`translate`): pure. One connection (`session`), and
connections one after another (`link`): asyncio. The rest of the product knows `dialer.telephony` and `AmiLink`.

**Why a session of our own and not panoramisk.** Its faults lie in what a dialer may least get wrong: it sends an
unanswered Originate again after a reconnect, its futures have no deadline and some never end, it decodes each TCP read
by itself, its writer escapes nothing, it never misses a peer that is silent, and OriginateResponse disappears into the
action it matches. A subclass would have to replace framing, encoding, pending table, resending, pings, reconnecting and
dispatch, each against a base class that still calls the old way; nothing of value stays. So these five files, and
panoramisk 1.4 as what it is good at: a client of another make that tells the tests whether our fake Asterisk is
honest. `tests/dialer/ami/test_ten_defects.py` shows each fault there and its absence here.
"""
