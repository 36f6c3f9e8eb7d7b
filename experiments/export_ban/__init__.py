"""China exports less, in steps down to nothing."""
