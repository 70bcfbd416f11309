"""From a score to what people see and read beside the sound: pictures, words and tags."""
