"""Commands of `serp-radio` that are more than a few lines: one module each, registered in `cli`."""
