"""Untrusted bytes to pictures, in a process without files, network or secrets."""
