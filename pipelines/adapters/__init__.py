"""What is added to a base model and can be taken off again without a trace."""
