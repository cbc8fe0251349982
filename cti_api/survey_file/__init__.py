"""The survey file: what is asked, in which words, and what follows; read, checked, described as a schema."""
