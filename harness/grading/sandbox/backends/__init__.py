"""What isolates from outside: bubblewrap, a container, seatbelt, or nothing when asked."""
