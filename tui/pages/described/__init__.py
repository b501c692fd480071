"""Things in words: their facts, what belongs to them, and what happened to them last. Pure functions of the world."""
