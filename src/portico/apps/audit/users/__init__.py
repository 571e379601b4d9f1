"""The users of this app, who are nobody in other apps."""
