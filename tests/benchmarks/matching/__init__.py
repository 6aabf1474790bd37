"""Matching: edited photographs asked of an index; what was found, what was found wrongly, and what it cost."""
