"""Taste Studio: people, files, jobs and screens around the pipelines."""

__version__ = "0.1.0"
