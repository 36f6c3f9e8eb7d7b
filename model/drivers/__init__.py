"""What nobody can know and every run draws: demand, outages, freight, and how licence offices decide."""
