"""A fair test: fit up to a day, forecast on, score on what followed, against simple rivals."""
