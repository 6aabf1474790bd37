"""What a picture looks like: features, hashes, the pictures inside it, and the fingerprint of a work."""
