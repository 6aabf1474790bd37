"""How quick the web app is: its entry, its front page on a phone, and the way from a key to the next hit."""
