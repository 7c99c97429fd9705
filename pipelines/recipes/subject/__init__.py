"""What the subject recipe (recipes/dreambooth.py) stands on."""
