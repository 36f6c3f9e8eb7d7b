"""What the studies share: the command line, observations, bands, words, the report."""
