"""Tables, figures and times: how good the stages are."""
