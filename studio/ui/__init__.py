"""The pages of the studio, in Gradio: one file a page, one folder for the components of our own."""
