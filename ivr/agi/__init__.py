"""The Asterisk Gateway Interface over TCP (FastAGI): how a call that came in is led."""
