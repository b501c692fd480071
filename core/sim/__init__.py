"""The deterministic simulator: the real engine on simulated hosts, a virtual clock, and faults from a seed.

`python -m core.sim --seeds 300` runs it. One seed is one story: the same seed gives the same trace, always and everywhere.
"""
