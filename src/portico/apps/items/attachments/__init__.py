"""Files that belong to an item: uploaded as a stream, downloaded with ranges, gone with the item."""
