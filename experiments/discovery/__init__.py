"""Under which conditions an outcome comes about: scenario discovery."""
