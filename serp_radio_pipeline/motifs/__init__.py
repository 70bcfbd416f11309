"""From MIDI files to a catalogue of short phrases: what a week's change is played with. No tenant's numbers here."""
