"""Items found by words: ranked, highlighted, and filtered as the list of version 2 is."""
