"""Numbers and labels to a score, a score to MIDI, and MIDI back to numbers."""
