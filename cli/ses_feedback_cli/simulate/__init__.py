"""`ses-feedback simulate`: mail whose recipient says what happens to it, reported as SES would report it.

`scenario` knows what can happen, `mail` and `events` turn a mail into SES's documents, `paths` reads where the
sending identity reports to, and `publisher` takes the documents there. Only the last two talk to AWS, or rather to
an emulator: nothing here ever publishes to the real one.
"""
