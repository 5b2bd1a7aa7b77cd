"""Flask and its extensions: what their calls do to the model."""
