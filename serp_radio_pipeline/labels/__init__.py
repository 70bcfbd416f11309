"""Room two: the daily table becomes a momentum label per week and overall, by rules that a user may edit."""
