"""What a run will ask, and its cost before anything is sent."""
