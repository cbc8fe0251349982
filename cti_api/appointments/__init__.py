"""Thinking about appointments: slots of a calendar, states, what files and feeds say of them. Pure."""
