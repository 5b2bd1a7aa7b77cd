"""One writer a file: findings or an inventory in, text out."""
