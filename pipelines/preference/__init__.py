"""What a person likes: comments to attributes, attributes to a profile."""
