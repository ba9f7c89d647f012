"""What a process inside denies itself: Landlock, seccomp, rlimits; seatbelt on macOS."""
