"""The floor above: Dagster's assets, checks, IO managers, partitions, jobs, resources. The rooms do the work."""
