"""A survey held with one person: pure values and the walk through them; `ivr.survey.take` is its heart."""
