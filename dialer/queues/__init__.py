"""Who waits for whom: the order of callers, the choice of agents, the wait that is foreseen."""
