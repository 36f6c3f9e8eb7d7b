"""Which parameters matter for which answer."""
