"""Readers of comments."""
