"""Inputs into state: commands, config, reports and outcomes. With the engine the only code that changes the state. Pure."""
