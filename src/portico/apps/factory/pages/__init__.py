"""What people use in a browser: the tablet of the floor, and the office."""
