"""Owns `treadle shell`: statements typed one after the other, their results on the screen, a session that ends with it."""
