"""Makes the two small files that the matching engine was trained with."""
