"""Benchmarks: every figure is a ratio between two things measured in one run on the same hosts; a bare second means little."""
