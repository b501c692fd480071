"""The parts of the façade core/api.py: reading, naming, submitting, waiting, and the engine as a process."""
