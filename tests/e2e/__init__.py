"""The product in a browser, on the real stack."""
