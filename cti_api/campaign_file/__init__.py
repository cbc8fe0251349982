"""A campaign's YAML file: read, checked as a whole, every fault with its line, made into a `CampaignSpec`."""
