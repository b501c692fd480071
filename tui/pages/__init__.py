"""Texts about one thing: described in words, as JSON, or why it is as it is. Pure functions of the world."""
