"""Lists are read in a process of their own: what a hostile file does to its reader, it does to nobody else."""
