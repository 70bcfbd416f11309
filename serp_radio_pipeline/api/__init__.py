"""The front door: HTTP in front of the rooms, with no state of its own. Only `serp-radio serve` opens it."""
