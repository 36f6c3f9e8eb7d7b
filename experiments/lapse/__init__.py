"""What follows the suspension of the ban on the US."""
