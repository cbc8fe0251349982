"""How many calls to place now: pure, decided twice a second from a frozen picture of the floor."""
