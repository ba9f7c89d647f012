"""Reading providers.yaml and the environment: endpoints and their parameters, with the line of each mistake."""
