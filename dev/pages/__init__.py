"""The pages of docs/actions, made from the models, the workflows and the examples."""
