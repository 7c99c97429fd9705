"""Components of our own, for what Gradio's cannot do: rating, chips with evidence, comparing.

Each is a `gr.HTML` whose HTML is one constant empty shell (`drawn`): a script in `static/` builds
the inside from its value with `textContent`, so no word of a person is ever a template. The files
here hold the shapes of the values, and of the arguments that the scripts send.
"""
