"""The fork server inside the backend and the child that runs one sample; standard library only."""
