"""How this terminal is connected with containers and hosts; the handlers ask, and go on here."""
