"""The floor above: Dagster's assets, checks, IO managers, partitions, jobs and resources. The work is done in the rooms."""
