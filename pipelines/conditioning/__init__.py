"""From words to what the denoiser attends to: prompts, taste, and their masks."""
