"""What is on record of a person, and what is left of one who was erased, as a supervisor reads it."""
