"""The matching engine; README.md beside this file is its map."""
