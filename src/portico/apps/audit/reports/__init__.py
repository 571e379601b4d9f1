"""The report of an engagement, to be read on a screen and on paper."""
