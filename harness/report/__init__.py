"""Everything shown about runs, from their files alone; nothing here can send a request."""
