"""What answers say of a claim. Pure: nothing is sent here, and nothing started."""
