"""The Search Console API: signing in, asking for days and details, and what may go wrong on the way."""
