"""The control API: one FastAPI app for the command line, consoles and other systems, served on a Unix socket."""
