"""What the evidence page of a centre says: frozen facts, and the chapters that are made of them."""
