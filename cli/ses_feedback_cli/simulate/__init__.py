"""`ses-feedback simulate`: mail whose recipient decides the outcome, reported as SES would report it.

`scenario` knows the outcomes, `mail` and `events` turn a mail into SES's documents, `paths` reads where the sending
identity reports, and `publisher` publishes the documents there. Only the last two talk to AWS, and only to an
emulator: nothing here ever publishes to the real one.
"""
