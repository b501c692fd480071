"""The values Dockyard is about, frozen and nothing else; and the state that holds them with its indexes. Pure."""
