"""What a table shows, without the terminal: rows, columns, order, filter, cursor and marks. Pure."""
