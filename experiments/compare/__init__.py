"""A user's own scenarios side by side."""
