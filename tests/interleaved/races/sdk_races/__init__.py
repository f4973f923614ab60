"""Races that SDKs of this kind once had, as scenarios for ours, each with a mistake planted that it must find."""
