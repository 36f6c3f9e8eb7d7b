"""What helps when China stops its exports."""
