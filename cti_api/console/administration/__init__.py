"""The pages on which everything is set up and looked after: tables and forms over the same API that programs use."""
