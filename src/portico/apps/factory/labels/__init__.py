"""Labels: what is stuck on pieces, lots, stations and trolleys, and what people wear."""
