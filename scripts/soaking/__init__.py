"""What takes too long for every commit: scripts/soak."""
