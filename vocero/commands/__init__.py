"""The command line, one module for each group of commands. They speak to the running system through its own API."""
