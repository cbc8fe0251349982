"""The pages of the console: what agents, supervisors and administrators see, served beside the API that they use."""
