"""Which ingredient of the model makes which observed pattern."""
