"""Benchmarks: run by scripts/bench, never as tests."""
