"""What a verb would do, worked out before it is asked for: the words and numbers of its dialog, and the commands it sends. Pure."""
