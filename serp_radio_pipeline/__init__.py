"""SERP Radio: search performance as a short, exact piece of music.

The data's way, one room a step: `ingest` -> `labels` -> `music` -> `audio` -> `radio`. `storage` keeps every artefact,
`defs` wires the rooms into Dagster.
"""
