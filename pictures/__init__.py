"""The pictures in README and docs, and what draws them: `make pictures`."""
