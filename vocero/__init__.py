"""The front door: command line, composition root, doctor and the lab."""
