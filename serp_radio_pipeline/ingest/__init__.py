"""Bytes to daily table: reading exports, naming what is none, folding uploads into a history."""
