"""Quality of stored market data: what is missing, doubled, out of order or not to be believed."""
