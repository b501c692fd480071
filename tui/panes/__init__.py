"""What fills the screen between title and foot: a table, a text or logs. Each keeps its widget in line with the world."""
