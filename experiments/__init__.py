"""Experiments: scenarios, one script per question, ensembles, plots and the page in the browser."""
