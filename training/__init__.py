"""Worlds, trainers and their measures: what makes the checkpoints."""
