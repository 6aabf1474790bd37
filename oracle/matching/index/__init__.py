"""Many works: on disk and in memory, and the candidates among them that features name."""
