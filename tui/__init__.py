"""The terminal UI. It reads and asks through core.api; nothing here is imported by core."""
