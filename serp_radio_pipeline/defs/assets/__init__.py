"""The assets, one small factory per stage: the partitions come from the settings, so assets are built, not imported."""
