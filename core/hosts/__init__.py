"""Docker hosts behind one narrow seam: real ones (unix, tcp, ssh) and simulated ones."""
