"""The window: a chat on the left, the source behind every sentence on the right."""
