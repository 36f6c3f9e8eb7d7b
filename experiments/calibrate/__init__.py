"""Fit the parameters to the record up to a day; the posterior that the other studies draw from."""
