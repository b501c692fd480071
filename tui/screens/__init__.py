"""Screens: the main one with its tables and texts, and the dialogs over it."""
