"""Fitting parameters to what was observed: priors, the distance, the sampler, the posterior as files."""
