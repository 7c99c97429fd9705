"""Personalized text-to-image generation: models, conditioning, guidance, adapters, recipes.

Nothing here knows about people, files of the studio, a database or a screen.
"""
