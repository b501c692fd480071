"""Dockyard's engine: scheduling, agents, hosts, store, and the façade that its clients use."""
