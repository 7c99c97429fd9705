"""Where foreign models become a `BaseModel`: cards, families, loading."""
