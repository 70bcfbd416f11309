"""The cellar: where every byte lies, under which key, and in which form."""
