"""How the embedded models in assets/models were made, from public packages to weights."""
