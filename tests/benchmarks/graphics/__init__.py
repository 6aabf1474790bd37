"""Graphics as agencies, publishers and shops register them: many that look alike and are not copies of each other."""
