"""Who works in an engagement, and for whom of the client it is."""
