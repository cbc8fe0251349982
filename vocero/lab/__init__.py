"""The lab: a real Asterisk, real SIP customers and real softphones on loopback, for the demo and the tests."""
