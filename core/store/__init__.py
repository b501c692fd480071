"""What is on disk: the seam that engine and clients meet at, and its implementations."""
