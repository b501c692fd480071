"""Logs of containers: which of them and which part is read, the threads that read, and what is kept of it."""
