"""Streams out: what happened, told to other systems by MQTT, webhooks and a stream of server-sent events."""
