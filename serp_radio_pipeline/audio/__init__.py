"""MIDI bytes become a mastered, tagged MP3, and an MP3 measurements. Nothing here knows data, scores or storage."""
