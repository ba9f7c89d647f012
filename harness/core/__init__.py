"""Values and small rules that every package uses; standard library only."""
